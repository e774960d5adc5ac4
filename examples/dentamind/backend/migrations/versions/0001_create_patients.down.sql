DROP TABLE patients;
DROP TABLE practices;
