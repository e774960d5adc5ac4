-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "index_names" (
    "id" INTEGER NOT NULL,
    "col_a" INTEGER NOT NULL,
    "col_b" INTEGER NOT NULL,
    "c" INTEGER NOT NULL,
    "d" INTEGER NOT NULL,

    CONSTRAINT "index_names_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "index_names_d_key" ON "index_names"("d");

-- CreateIndex
CREATE INDEX "index_names_col_a_idx" ON "index_names"("col_a");

-- CreateIndex
CREATE INDEX "index_names_col_a_col_b_idx" ON "index_names"("col_a", "col_b");

-- CreateIndex
CREATE INDEX "index_names_col_b_col_a_idx" ON "index_names"("col_b", "col_a");

-- CreateIndex
CREATE INDEX "legacy_name" ON "index_names"("col_a" DESC);

-- CreateIndex
CREATE INDEX "mapped" ON "index_names"("c");

-- CreateIndex
CREATE UNIQUE INDEX "index_names_col_a_col_b_key" ON "index_names"("col_a", "col_b");

-- CreateIndex
CREATE UNIQUE INDEX "mapped_unique" ON "index_names"("col_b", "c");

-- CreateIndex
CREATE UNIQUE INDEX "index_names_c_col_a_key" ON "index_names"("c", "col_a");

-- CreateIndex
CREATE UNIQUE INDEX "index_names_c_col_b_key" ON "index_names"("c" DESC, "col_b");

-- CreateIndex
CREATE UNIQUE INDEX "d_again" ON "index_names"("d");
