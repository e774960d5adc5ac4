-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "tbl_customer" (
    "customer_id" INTEGER NOT NULL DEFAULT nextval('seq_customer'::regclass),
    "customer_nm" VARCHAR(50) NOT NULL,
    "credit_limit" MONEY DEFAULT 0.00,
    "flags" BIT(1) NOT NULL DEFAULT B'0'::"bit",
    "created" TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pk_tbl_customer" PRIMARY KEY ("customer_id")
);

-- CreateTable
CREATE TABLE "tbl_order" (
    "order_id" SERIAL NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "region_cd" CHAR(3),

    CONSTRAINT "pk_tbl_order" PRIMARY KEY ("order_id")
);

-- CreateTable
CREATE TABLE "audit_trail" (
    "at" TIMESTAMPTZ(6) NOT NULL,
    "table" TEXT NOT NULL,
    "old" JSONB,
    "new" JSONB
);

-- CreateTable
CREATE TABLE "Mixed_Case" (
    "ID" INTEGER NOT NULL,
    "Value" TEXT NOT NULL,

    CONSTRAINT "Mixed_Case_pkey" PRIMARY KEY ("ID")
);

-- CreateIndex
CREATE INDEX "ix_nm_like" ON "tbl_customer"("customer_nm" varchar_pattern_ops);

-- CreateIndex
CREATE INDEX "ix_order_customer" ON "tbl_order" USING HASH ("customer_id");

-- CreateIndex
CREATE UNIQUE INDEX "uq_order_region" ON "tbl_order"("order_id", "region_cd");

-- CreateIndex
CREATE UNIQUE INDEX "UQ_Mixed_Value" ON "Mixed_Case"("Value");

-- AddForeignKey
ALTER TABLE "tbl_order" ADD CONSTRAINT "fk_order_customer" FOREIGN KEY ("customer_id") REFERENCES "tbl_customer"("customer_id") ON DELETE NO ACTION ON UPDATE NO ACTION;
