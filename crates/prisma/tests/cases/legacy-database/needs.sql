CREATE SEQUENCE seq_customer;
