-- RenameIndex
ALTER INDEX "Post_title_idx" RENAME TO "by_title";
