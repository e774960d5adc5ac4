-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "B" (
    "id" INTEGER NOT NULL,
    "a" BIT(2) NOT NULL,
    "b" VARBIT(2) NOT NULL,
    "c" CHAR(2) NOT NULL,
    "d" DATE NOT NULL,
    "e" REAL NOT NULL,
    "f" DOUBLE PRECISION NOT NULL,
    "g" INET NOT NULL,
    "h" SMALLINT NOT NULL,
    "i" INTEGER NOT NULL,
    "j" BIGINT NOT NULL,
    "k" DECIMAL(65,30) NOT NULL,
    "l" OID NOT NULL,
    "m" BYTEA NOT NULL,
    "n" TEXT NOT NULL,
    "o" TIMESTAMP(3) NOT NULL,
    "p" TIMESTAMPTZ NOT NULL,
    "q" TIME NOT NULL,
    "r" TIMETZ NOT NULL,
    "s" UUID NOT NULL,

    CONSTRAINT "B_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "1" ON "B" USING BRIN ("a" bit_minmax_ops, "b" varbit_minmax_ops, "c" bpchar_bloom_ops, "d" date_bloom_ops);

-- CreateIndex
CREATE INDEX "2" ON "B" USING BRIN ("c" bpchar_minmax_ops, "d" date_minmax_ops, "e" float4_bloom_ops, "f" float8_bloom_ops);

-- CreateIndex
CREATE INDEX "3" ON "B" USING BRIN ("d" date_minmax_multi_ops, "e" float4_minmax_ops, "f" float8_minmax_ops, "g" inet_inclusion_ops);

-- CreateIndex
CREATE INDEX "4" ON "B" USING BRIN ("e" float4_minmax_multi_ops, "f" float8_minmax_multi_ops, "g" inet_bloom_ops, "h" int2_bloom_ops);

-- CreateIndex
CREATE INDEX "5" ON "B" USING BRIN ("g" inet_minmax_ops, "h" int2_minmax_ops, "i" int4_bloom_ops, "j" int8_bloom_ops);

-- CreateIndex
CREATE INDEX "6" ON "B" USING BRIN ("g" inet_minmax_multi_ops, "h" int2_minmax_multi_ops, "i" int4_minmax_ops, "j" int8_minmax_ops);

-- CreateIndex
CREATE INDEX "7" ON "B" USING BRIN ("i" int4_minmax_multi_ops, "j" int8_minmax_multi_ops, "k" numeric_bloom_ops, "l" oid_bloom_ops);

-- CreateIndex
CREATE INDEX "8" ON "B" USING BRIN ("k" numeric_minmax_ops, "l" oid_minmax_ops, "m" bytea_bloom_ops, "n" text_bloom_ops);

-- CreateIndex
CREATE INDEX "9" ON "B" USING BRIN ("k" numeric_minmax_multi_ops, "l" oid_minmax_multi_ops, "m" bytea_minmax_ops, "n" text_minmax_ops);

-- CreateIndex
CREATE INDEX "10" ON "B" USING BRIN ("o" timestamp_bloom_ops, "p" timestamptz_bloom_ops, "q" time_bloom_ops, "r" timetz_bloom_ops);

-- CreateIndex
CREATE INDEX "11" ON "B" USING BRIN ("o" timestamp_minmax_ops, "p" timestamptz_minmax_ops, "q" time_minmax_ops, "r" timetz_minmax_ops);

-- CreateIndex
CREATE INDEX "12" ON "B" USING BRIN ("o" timestamp_minmax_multi_ops, "p" timestamptz_minmax_multi_ops, "q" time_minmax_multi_ops, "r" timetz_minmax_multi_ops);

-- CreateIndex
CREATE INDEX "13" ON "B" USING BRIN ("s" uuid_bloom_ops);

-- CreateIndex
CREATE INDEX "14" ON "B" USING BRIN ("s" uuid_minmax_ops);

-- CreateIndex
CREATE INDEX "15" ON "B" USING BRIN ("s" uuid_minmax_multi_ops);

-- CreateIndex
CREATE INDEX "16" ON "B" USING BRIN ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s");
