-- Rollback: 004 - Create pgvector extension
-- Without CASCADE: refuses as long as any column is of type vector.
-- surefoot: role elevated

DROP EXTENSION vector;
