-- CreateIndex
CREATE UNIQUE INDEX "User_name_age_key" ON "User"("name", "age");
