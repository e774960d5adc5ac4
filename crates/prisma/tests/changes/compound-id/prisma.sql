-- AlterTable
ALTER TABLE "Post" DROP CONSTRAINT "Post_pkey",
ALTER COLUMN "authorId" SET NOT NULL,
ADD CONSTRAINT "Post_pkey" PRIMARY KEY ("id", "authorId");
