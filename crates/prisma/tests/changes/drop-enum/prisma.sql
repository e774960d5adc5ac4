-- AlterTable
ALTER TABLE "User" DROP COLUMN "role",
DROP COLUMN "roles";

-- DropEnum
DROP TYPE "Role";
