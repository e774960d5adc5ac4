-- DropIndex
DROP INDEX "User_age_idx";

-- CreateIndex
CREATE INDEX "User_age_idx" ON "User" USING BRIN ("age");
