-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyThreeByteLimit" (
    "id" INTEGER NOT NULL,
    "someVeryLongFieldNameNumberOne" INTEGER NOT NULL,
    "someVeryLongFieldNameNumberTwo" INTEGER NOT NULL,
    "refId" INTEGER,

    CONSTRAINT "AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyThre_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Bee" (
    "id" INTEGER NOT NULL,

    CONSTRAINT "Bee_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "U" (
    "id" INTEGER NOT NULL,
    "ééééééééééééééééééééééééééééééééé" INTEGER NOT NULL,

    CONSTRAINT "U_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "_AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyThreeByt" (
    "A" INTEGER NOT NULL,
    "B" INTEGER NOT NULL,

    CONSTRAINT "_AnExtremelyLongModelNameThatIsDesignedToExceedTheSixty_AB_pkey" PRIMARY KEY ("A","B")
);

-- CreateIndex
CREATE UNIQUE INDEX "AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyThree_key" ON "AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyThreeByteLimit"("someVeryLongFieldNameNumberTwo");

-- CreateIndex
CREATE INDEX "AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyThree_idx" ON "AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyThreeByteLimit"("someVeryLongFieldNameNumberOne", "someVeryLongFieldNameNumberTwo");

-- CreateIndex
CREATE INDEX "U_éééééééééééééééééééééééééééé_idx" ON "U"("ééééééééééééééééééééééééééééééééé");

-- CreateIndex
CREATE INDEX "_AnExtremelyLongModelNameThatIsDesignedToExceedTheSixty_B_index" ON "_AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyThreeByt"("B");

-- AddForeignKey
ALTER TABLE "AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyThreeByteLimit" ADD CONSTRAINT "AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyThre_fkey" FOREIGN KEY ("refId") REFERENCES "AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyThreeByteLimit"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "_AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyThreeByt" ADD CONSTRAINT "_AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyT_A_fkey" FOREIGN KEY ("A") REFERENCES "AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyThreeByteLimit"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "_AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyThreeByt" ADD CONSTRAINT "_AnExtremelyLongModelNameThatIsDesignedToExceedTheSixtyT_B_fkey" FOREIGN KEY ("B") REFERENCES "Bee"("id") ON DELETE CASCADE ON UPDATE CASCADE;
