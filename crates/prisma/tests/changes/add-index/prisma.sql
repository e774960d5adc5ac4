-- CreateIndex
CREATE INDEX "User_age_name_idx" ON "User"("age" DESC, "name");
