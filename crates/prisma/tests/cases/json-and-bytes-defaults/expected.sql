-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "A" (
    "id" INTEGER NOT NULL,
    "a" JSONB NOT NULL DEFAULT '{}',
    "b" JSONB NOT NULL DEFAULT '[1, 2, {"a": null}]',
    "c" JSONB NOT NULL DEFAULT '"text"',
    "d" JSONB NOT NULL DEFAULT '{"quote": "it''s", "path": "a\\b"}',
    "e" JSON DEFAULT 'true',
    "f" JSONB[] DEFAULT ARRAY['{}', '[]']::JSONB[],
    "g" BYTEA NOT NULL DEFAULT '\x',
    "h" BYTEA NOT NULL DEFAULT '\x010203',
    "i" BYTEA DEFAULT '\xffef',
    "j" BYTEA[] DEFAULT ARRAY['\x00', '\x0000']::BYTEA[],

    CONSTRAINT "A_pkey" PRIMARY KEY ("id")
);
