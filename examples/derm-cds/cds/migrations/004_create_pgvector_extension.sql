-- Migration: 004 - Create pgvector extension
-- Author: Dermatology CDS team
-- Date: 2026-02-23
-- Purpose: Type and index methods for the embeddings (ADR-0021, ADR-0011).
-- Dependencies: 003
--
-- vector is not a trusted extension: the application's user may not create it.
-- surefoot: role elevated

CREATE EXTENSION IF NOT EXISTS vector;
