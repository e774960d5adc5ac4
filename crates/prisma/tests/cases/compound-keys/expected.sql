-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "Tenant" (
    "region" CHAR(2) NOT NULL,
    "number" INTEGER NOT NULL,

    CONSTRAINT "Tenant_pkey" PRIMARY KEY ("region","number")
);

-- CreateTable
CREATE TABLE "users" (
    "region" CHAR(2) NOT NULL,
    "tenant_number" INTEGER NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "users_primary" PRIMARY KEY ("region","tenant_number","name")
);

-- CreateTable
CREATE TABLE "Session" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "tenant" INTEGER NOT NULL,

    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_name_tenant_number_key" ON "users"("name", "tenant_number");

-- CreateIndex
CREATE UNIQUE INDEX "by_tenant" ON "users"("tenant_number", "name");

-- CreateIndex
CREATE INDEX "Session_name_tenant_idx" ON "Session"("name", "tenant");

-- AddForeignKey
ALTER TABLE "users" ADD CONSTRAINT "users_region_tenant_number_fkey" FOREIGN KEY ("region", "tenant_number") REFERENCES "Tenant"("region", "number") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Session" ADD CONSTRAINT "Session_tenant_name_fkey" FOREIGN KEY ("tenant", "name") REFERENCES "users"("tenant_number", "name") ON DELETE CASCADE ON UPDATE CASCADE;
