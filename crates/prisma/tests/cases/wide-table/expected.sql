-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "Wide" (
    "c1" INTEGER DEFAULT 1,
    "c2" INTEGER DEFAULT 2,
    "c3" INTEGER DEFAULT 3,
    "c4" INTEGER DEFAULT 4,
    "c5" INTEGER DEFAULT 5,
    "c6" INTEGER DEFAULT 6,
    "c7" INTEGER DEFAULT 7,
    "c8" INTEGER DEFAULT 8,
    "c9" INTEGER DEFAULT 9,
    "c10" INTEGER DEFAULT 10,
    "c11" INTEGER DEFAULT 11,
    "c12" INTEGER DEFAULT 12,
    "c13" INTEGER DEFAULT 13,
    "c14" INTEGER DEFAULT 14,
    "c15" INTEGER DEFAULT 15,
    "c16" INTEGER DEFAULT 16,
    "c17" INTEGER DEFAULT 17,
    "c18" INTEGER DEFAULT 18,
    "c19" INTEGER DEFAULT 19,
    "c20" INTEGER DEFAULT 20,
    "c21" INTEGER DEFAULT 21,
    "c22" INTEGER DEFAULT 22,
    "c23" INTEGER DEFAULT 23,
    "c24" INTEGER DEFAULT 24,
    "c25" INTEGER DEFAULT 25,
    "c26" INTEGER DEFAULT 26,
    "c27" INTEGER DEFAULT 27,
    "c28" INTEGER DEFAULT 28,
    "c29" INTEGER DEFAULT 29,
    "c30" INTEGER DEFAULT 30,
    "c31" INTEGER DEFAULT 31,
    "c32" INTEGER DEFAULT 32,
    "c33" INTEGER DEFAULT 33,
    "c34" INTEGER DEFAULT 34,
    "c35" INTEGER DEFAULT 35,
    "c36" INTEGER DEFAULT 36,
    "c37" INTEGER DEFAULT 37,
    "c38" INTEGER DEFAULT 38,
    "c39" INTEGER DEFAULT 39,
    "c40" INTEGER DEFAULT 40,
    "c41" INTEGER DEFAULT 41,
    "c42" INTEGER DEFAULT 42,
    "c43" INTEGER DEFAULT 43,
    "c44" INTEGER DEFAULT 44,
    "c45" INTEGER DEFAULT 45,
    "c46" INTEGER DEFAULT 46,
    "c47" INTEGER DEFAULT 47,
    "c48" INTEGER DEFAULT 48,
    "c49" INTEGER DEFAULT 49,
    "c50" INTEGER DEFAULT 50,
    "c51" INTEGER DEFAULT 51,
    "c52" INTEGER DEFAULT 52,
    "c53" INTEGER DEFAULT 53,
    "c54" INTEGER DEFAULT 54,
    "c55" INTEGER DEFAULT 55,
    "c56" INTEGER DEFAULT 56,
    "c57" INTEGER DEFAULT 57,
    "c58" INTEGER DEFAULT 58,
    "c59" INTEGER DEFAULT 59,
    "c60" INTEGER DEFAULT 60,
    "c61" INTEGER DEFAULT 61,
    "c62" INTEGER DEFAULT 62,
    "c63" INTEGER DEFAULT 63,
    "c64" INTEGER DEFAULT 64,
    "c65" INTEGER DEFAULT 65,
    "c66" INTEGER DEFAULT 66,
    "c67" INTEGER DEFAULT 67,
    "c68" INTEGER DEFAULT 68,
    "c69" INTEGER DEFAULT 69,
    "c70" INTEGER DEFAULT 70,
    "c71" INTEGER DEFAULT 71,
    "c72" INTEGER DEFAULT 72,
    "c73" INTEGER DEFAULT 73,
    "c74" INTEGER DEFAULT 74,
    "c75" INTEGER DEFAULT 75,
    "c76" INTEGER DEFAULT 76,
    "c77" INTEGER DEFAULT 77,
    "c78" INTEGER DEFAULT 78,
    "c79" INTEGER DEFAULT 79,
    "c80" INTEGER DEFAULT 80,
    "c81" INTEGER DEFAULT 81,
    "c82" INTEGER DEFAULT 82,
    "c83" INTEGER DEFAULT 83,
    "c84" INTEGER DEFAULT 84,
    "c85" INTEGER DEFAULT 85,
    "c86" INTEGER DEFAULT 86,
    "c87" INTEGER DEFAULT 87,
    "c88" INTEGER DEFAULT 88,
    "c89" INTEGER DEFAULT 89,
    "c90" INTEGER DEFAULT 90,
    "c91" INTEGER DEFAULT 91,
    "c92" INTEGER DEFAULT 92,
    "c93" INTEGER DEFAULT 93,
    "c94" INTEGER DEFAULT 94,
    "c95" INTEGER DEFAULT 95,
    "c96" INTEGER DEFAULT 96,
    "c97" INTEGER DEFAULT 97,
    "c98" INTEGER DEFAULT 98,
    "c99" INTEGER DEFAULT 99,
    "c100" INTEGER DEFAULT 100,
    "c101" INTEGER DEFAULT 101,
    "c102" INTEGER DEFAULT 102,
    "c103" INTEGER DEFAULT 103,
    "c104" INTEGER DEFAULT 104,
    "c105" INTEGER DEFAULT 105,
    "c106" INTEGER DEFAULT 106,
    "c107" INTEGER DEFAULT 107,
    "c108" INTEGER DEFAULT 108,
    "c109" INTEGER DEFAULT 109,
    "c110" INTEGER DEFAULT 110,
    "c111" INTEGER DEFAULT 111,
    "c112" INTEGER DEFAULT 112,
    "c113" INTEGER DEFAULT 113,
    "c114" INTEGER DEFAULT 114,
    "c115" INTEGER DEFAULT 115,
    "c116" INTEGER DEFAULT 116,
    "c117" INTEGER DEFAULT 117,
    "c118" INTEGER DEFAULT 118,
    "c119" INTEGER DEFAULT 119,
    "c120" INTEGER DEFAULT 120,
    "id" UUID NOT NULL,

    CONSTRAINT "Wide_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Wide_c1_c2_idx" ON "Wide"("c1", "c2");

-- CreateIndex
CREATE INDEX "Wide_c2_c3_idx" ON "Wide"("c2", "c3");

-- CreateIndex
CREATE INDEX "Wide_c3_c4_idx" ON "Wide"("c3", "c4");

-- CreateIndex
CREATE INDEX "Wide_c4_c5_idx" ON "Wide"("c4", "c5");

-- CreateIndex
CREATE INDEX "Wide_c5_c6_idx" ON "Wide"("c5", "c6");

-- CreateIndex
CREATE INDEX "Wide_c6_c7_idx" ON "Wide"("c6", "c7");

-- CreateIndex
CREATE INDEX "Wide_c7_c8_idx" ON "Wide"("c7", "c8");

-- CreateIndex
CREATE INDEX "Wide_c8_c9_idx" ON "Wide"("c8", "c9");

-- CreateIndex
CREATE INDEX "Wide_c9_c10_idx" ON "Wide"("c9", "c10");

-- CreateIndex
CREATE INDEX "Wide_c10_c11_idx" ON "Wide"("c10", "c11");

-- CreateIndex
CREATE INDEX "Wide_c11_c12_idx" ON "Wide"("c11", "c12");

-- CreateIndex
CREATE INDEX "Wide_c12_c13_idx" ON "Wide"("c12", "c13");

-- CreateIndex
CREATE INDEX "Wide_c13_c14_idx" ON "Wide"("c13", "c14");

-- CreateIndex
CREATE INDEX "Wide_c14_c15_idx" ON "Wide"("c14", "c15");

-- CreateIndex
CREATE INDEX "Wide_c15_c16_idx" ON "Wide"("c15", "c16");

-- CreateIndex
CREATE INDEX "Wide_c16_c17_idx" ON "Wide"("c16", "c17");

-- CreateIndex
CREATE INDEX "Wide_c17_c18_idx" ON "Wide"("c17", "c18");

-- CreateIndex
CREATE INDEX "Wide_c18_c19_idx" ON "Wide"("c18", "c19");

-- CreateIndex
CREATE INDEX "Wide_c19_c20_idx" ON "Wide"("c19", "c20");

-- CreateIndex
CREATE INDEX "Wide_c20_c21_idx" ON "Wide"("c20", "c21");

-- CreateIndex
CREATE INDEX "Wide_c21_c22_idx" ON "Wide"("c21", "c22");

-- CreateIndex
CREATE INDEX "Wide_c22_c23_idx" ON "Wide"("c22", "c23");

-- CreateIndex
CREATE INDEX "Wide_c23_c24_idx" ON "Wide"("c23", "c24");

-- CreateIndex
CREATE INDEX "Wide_c24_c25_idx" ON "Wide"("c24", "c25");

-- CreateIndex
CREATE INDEX "Wide_c25_c26_idx" ON "Wide"("c25", "c26");

-- CreateIndex
CREATE INDEX "Wide_c26_c27_idx" ON "Wide"("c26", "c27");

-- CreateIndex
CREATE INDEX "Wide_c27_c28_idx" ON "Wide"("c27", "c28");

-- CreateIndex
CREATE INDEX "Wide_c28_c29_idx" ON "Wide"("c28", "c29");

-- CreateIndex
CREATE INDEX "Wide_c29_c30_idx" ON "Wide"("c29", "c30");

-- CreateIndex
CREATE INDEX "Wide_c30_c31_idx" ON "Wide"("c30", "c31");

-- CreateIndex
CREATE INDEX "Wide_c31_c32_idx" ON "Wide"("c31", "c32");

-- CreateIndex
CREATE INDEX "Wide_c32_c33_idx" ON "Wide"("c32", "c33");

-- CreateIndex
CREATE INDEX "Wide_c33_c34_idx" ON "Wide"("c33", "c34");

-- CreateIndex
CREATE INDEX "Wide_c34_c35_idx" ON "Wide"("c34", "c35");

-- CreateIndex
CREATE INDEX "Wide_c35_c36_idx" ON "Wide"("c35", "c36");

-- CreateIndex
CREATE INDEX "Wide_c36_c37_idx" ON "Wide"("c36", "c37");

-- CreateIndex
CREATE INDEX "Wide_c37_c38_idx" ON "Wide"("c37", "c38");

-- CreateIndex
CREATE INDEX "Wide_c38_c39_idx" ON "Wide"("c38", "c39");

-- CreateIndex
CREATE INDEX "Wide_c39_c40_idx" ON "Wide"("c39", "c40");

-- CreateIndex
CREATE INDEX "Wide_c40_c41_idx" ON "Wide"("c40", "c41");
