-- Nurses and front-desk staff get accounts too, so Provider becomes User.
-- Prisma generated DROP TABLE / CREATE TABLE here; edited by hand to a rename
-- so that no account is lost.

-- CreateEnum
CREATE TYPE "UserRole" AS ENUM ('provider', 'nurse', 'front_desk', 'admin');

-- RenameTable
ALTER TABLE "providers" RENAME TO "users";

-- RenameConstraint
ALTER TABLE "users" RENAME CONSTRAINT "providers_pkey" TO "users_pkey";

-- RenameIndex
ALTER INDEX "providers_email_key" RENAME TO "users_email_key";

-- AlterTable
ALTER TABLE "users" ADD COLUMN     "role" "UserRole" NOT NULL DEFAULT 'provider';
