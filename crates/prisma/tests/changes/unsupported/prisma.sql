-- AlterTable
ALTER TABLE "User" ADD COLUMN     "box" box;
