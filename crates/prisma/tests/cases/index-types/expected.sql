-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "A" (
    "id" INTEGER NOT NULL,
    "t" TEXT NOT NULL,
    "t2" VARCHAR(4) NOT NULL,
    "i" INET NOT NULL,
    "j" JSONB NOT NULL,
    "n" INTEGER NOT NULL,
    "arr" INTEGER[],
    "bits" BIT(4) NOT NULL,
    "u" UUID NOT NULL,
    "dt" TIMESTAMP(3) NOT NULL,
    "bl" BYTEA NOT NULL,
    "un" tsvector,
    "un2" tsvector NOT NULL,

    CONSTRAINT "A_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "1" ON "A" USING SPGIST ("t");

-- CreateIndex
CREATE INDEX "2" ON "A" USING SPGIST ("t2" text_ops);

-- CreateIndex
CREATE INDEX "3" ON "A" USING GIST ("i" inet_ops);

-- CreateIndex
CREATE INDEX "4" ON "A" USING GIN ("j");

-- CreateIndex
CREATE INDEX "5" ON "A" USING GIN ("arr" array_ops);

-- CreateIndex
CREATE INDEX "6" ON "A" USING BRIN ("n");

-- CreateIndex
CREATE INDEX "7" ON "A" USING BRIN ("n" int4_bloom_ops, "dt" timestamp_minmax_multi_ops);

-- CreateIndex
CREATE INDEX "8" ON "A" USING BRIN ("u" uuid_minmax_multi_ops);

-- CreateIndex
CREATE INDEX "9" ON "A" USING GIN ("un");

-- CreateIndex
CREATE INDEX "10" ON "A" USING GIST ("un2");

-- CreateIndex
CREATE INDEX "11" ON "A" USING GIN ("t" gin_trgm_ops, "t2" gin_trgm_ops DESC);

-- CreateIndex
CREATE INDEX "12" ON "A"("t" text_pattern_ops DESC);

-- CreateIndex
CREATE INDEX "13" ON "A"("t" ASC);

-- CreateIndex
CREATE INDEX "14" ON "A" USING SPGIST ("i");

-- CreateIndex
CREATE INDEX "15" ON "A" USING BRIN ("t" text_minmax_ops);

-- CreateIndex
CREATE INDEX "16" ON "A" USING BRIN ("bl" bytea_bloom_ops);

-- CreateIndex
CREATE INDEX "17" ON "A" USING BRIN ("i" inet_inclusion_ops);

-- CreateIndex
CREATE INDEX "18" ON "A" USING GIN ("j" jsonb_ops);

-- CreateIndex
CREATE INDEX "20" ON "A" USING GIN ("un2" tsvector_ops);
