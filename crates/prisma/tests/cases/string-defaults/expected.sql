-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "A" (
    "id" INTEGER NOT NULL,
    "a" TEXT NOT NULL DEFAULT 'plain',
    "b" TEXT NOT NULL DEFAULT 'it''s',
    "c" TEXT NOT NULL DEFAULT 'say "hi"',
    "d" TEXT NOT NULL DEFAULT 'back\slash',
    "e" TEXT NOT NULL DEFAULT 'line
break',
    "f" TEXT NOT NULL DEFAULT 'tab	stop',
    "g" TEXT NOT NULL DEFAULT 'slash/',
    "h" TEXT NOT NULL DEFAULT 'é中😀',
    "i" TEXT NOT NULL DEFAULT 'ends with ''',
    "j" TEXT NOT NULL DEFAULT '  spaces  ',
    "k" TEXT NOT NULL DEFAULT '{braces} [brackets] $dollar$ ;semicolon -- comment',
    "l" TEXT[] DEFAULT ARRAY['a', 'it''s', '', 'comma,']::TEXT[],
    "m" VARCHAR(100) NOT NULL DEFAULT 'http://example.com/?a=b&c=d',
    "n" CHAR(1) NOT NULL DEFAULT 'x',
    "o" UUID NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    "p" BIT(5) NOT NULL DEFAULT '10101',
    "q" XML NOT NULL DEFAULT '<a/>',
    "r" INET NOT NULL DEFAULT '127.0.0.1',
    "s" TEXT DEFAULT '',

    CONSTRAINT "A_pkey" PRIMARY KEY ("id")
);
