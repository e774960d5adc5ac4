-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "AccountKind" AS ENUM ('asset', 'liability', 'equity', 'income', 'expense');

-- CreateTable
CREATE TABLE "ledger_account" (
    "code" VARCHAR(16) NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "AccountKind" NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "opened_on" DATE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "closed_on" DATE,

    CONSTRAINT "ledger_account_pkey" PRIMARY KEY ("code")
);

-- CreateTable
CREATE TABLE "entry" (
    "id" BIGSERIAL NOT NULL,
    "debit_code" VARCHAR(16) NOT NULL,
    "credit_code" VARCHAR(16) NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "amount" DECIMAL(20,4) NOT NULL,
    "booked_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "memo" TEXT,

    CONSTRAINT "pk_entry" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "ledger_account_code_currency_key" ON "ledger_account"("code", "currency");

-- CreateIndex
CREATE INDEX "brin_booked" ON "entry" USING BRIN ("booked_at");

-- CreateIndex
CREATE INDEX "ix_debit" ON "entry"("debit_code", "booked_at");

-- CreateIndex
CREATE INDEX "ix_credit" ON "entry"("credit_code", "booked_at");

-- AddForeignKey
ALTER TABLE "entry" ADD CONSTRAINT "fk_debit" FOREIGN KEY ("debit_code", "currency") REFERENCES "ledger_account"("code", "currency") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "entry" ADD CONSTRAINT "fk_credit" FOREIGN KEY ("credit_code", "currency") REFERENCES "ledger_account"("code", "currency") ON DELETE RESTRICT ON UPDATE RESTRICT;
