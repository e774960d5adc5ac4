-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "order" (
    "select" TEXT NOT NULL,
    "from table" TEXT NOT NULL DEFAULT 'it''s "quoted" and \ and 	 tab',
    "UPPER" TEXT NOT NULL,
    "ünïcödé" INTEGER NOT NULL,

    CONSTRAINT "order_pkey" PRIMARY KEY ("select")
);

-- CreateIndex
CREATE UNIQUE INDEX "order_UPPER_key" ON "order"("UPPER");

-- CreateIndex
CREATE INDEX "index with spaces" ON "order"("ünïcödé", "from table");
