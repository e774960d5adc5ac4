-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "app_users" (
    "user_id" INTEGER NOT NULL,

    CONSTRAINT "app_users_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "app.posts" (
    "id" INTEGER NOT NULL,
    "author_id" INTEGER NOT NULL,

    CONSTRAINT "app.posts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "P2" (
    "id" INTEGER NOT NULL,
    "uu" INTEGER NOT NULL,
    "u2" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "Group" (
    "gid" VARCHAR(20) NOT NULL,

    CONSTRAINT "Group_pkey" PRIMARY KEY ("gid")
);

-- CreateTable
CREATE TABLE "Other" (
    "id" BIGSERIAL NOT NULL,

    CONSTRAINT "Other_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "_GroupToUser" (
    "A" VARCHAR(20) NOT NULL,
    "B" INTEGER NOT NULL,

    CONSTRAINT "_GroupToUser_AB_pkey" PRIMARY KEY ("A","B")
);

-- CreateTable
CREATE TABLE "_AVeryLongRelationNameThatGoesOnAndOnAndOnUntilItIsTooLongToFit" (
    "A" VARCHAR(20) NOT NULL,
    "B" BIGINT NOT NULL,

    CONSTRAINT "_AVeryLongRelationNameThatGoesOnAndOnAndOnUntilItIsTooL_AB_pkey" PRIMARY KEY ("A","B")
);

-- CreateIndex
CREATE INDEX "app.posts_author_id_idx" ON "app.posts"("author_id");

-- CreateIndex
CREATE UNIQUE INDEX "P2_uu_key" ON "P2"("uu");

-- CreateIndex
CREATE UNIQUE INDEX "P2_id_uu_key" ON "P2"("id", "uu");

-- CreateIndex
CREATE INDEX "_GroupToUser_B_index" ON "_GroupToUser"("B");

-- CreateIndex
CREATE INDEX "_AVeryLongRelationNameThatGoesOnAndOnAndOnUntilItIsTooL_B_index" ON "_AVeryLongRelationNameThatGoesOnAndOnAndOnUntilItIsTooLongToFit"("B");
