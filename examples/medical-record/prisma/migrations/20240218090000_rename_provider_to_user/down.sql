-- AlterTable
ALTER TABLE "users" DROP COLUMN "role";

-- RenameIndex
ALTER INDEX "users_email_key" RENAME TO "providers_email_key";

-- RenameConstraint
ALTER TABLE "users" RENAME CONSTRAINT "users_pkey" TO "providers_pkey";

-- RenameTable
ALTER TABLE "users" RENAME TO "providers";

-- DropEnum
DROP TYPE "UserRole";
