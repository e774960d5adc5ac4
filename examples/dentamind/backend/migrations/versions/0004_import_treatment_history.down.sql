-- Removes the imported rows only. If the practice has worked with them since, the
-- foreign keys refuse, and nothing is lost.
DELETE FROM treatments WHERE id BETWEEN 1 AND 5000;
DELETE FROM appointments WHERE id BETWEEN 1 AND 1000;
DELETE FROM patients WHERE id BETWEEN 1 AND 100;
DELETE FROM practices WHERE id = 1;

SELECT setval(pg_get_serial_sequence('treatments', 'id'), COALESCE((SELECT max(id) FROM treatments), 0) + 1, false);
SELECT setval(pg_get_serial_sequence('appointments', 'id'), COALESCE((SELECT max(id) FROM appointments), 0) + 1, false);
SELECT setval(pg_get_serial_sequence('patients', 'id'), COALESCE((SELECT max(id) FROM patients), 0) + 1, false);
SELECT setval(pg_get_serial_sequence('practices', 'id'), COALESCE((SELECT max(id) FROM practices), 0) + 1, false);
