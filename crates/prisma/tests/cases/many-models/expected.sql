-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "M1" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "M1_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M2" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M2_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M3" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M3_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M4" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M4_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M5" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M5_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M6" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M6_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M7" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M7_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M8" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M8_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M9" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M9_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M10" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M10_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M11" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M11_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M12" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M12_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M13" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M13_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M14" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M14_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M15" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M15_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M16" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M16_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M17" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M17_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M18" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M18_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M19" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M19_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M20" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M20_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M21" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M21_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M22" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M22_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M23" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M23_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M24" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M24_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M25" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M25_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M26" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M26_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M27" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M27_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M28" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M28_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M29" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M29_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M30" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M30_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M31" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M31_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M32" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M32_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M33" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M33_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M34" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M34_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M35" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M35_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M36" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M36_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M37" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M37_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M38" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M38_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M39" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M39_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M40" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M40_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M41" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M41_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M42" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M42_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M43" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M43_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M44" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M44_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M45" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M45_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M46" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M46_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M47" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M47_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M48" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M48_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M49" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M49_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M50" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M50_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M51" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M51_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M52" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M52_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M53" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M53_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M54" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M54_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M55" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M55_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M56" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M56_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M57" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M57_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M58" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M58_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M59" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M59_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "M60" (
    "id" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "prevId" INTEGER NOT NULL,

    CONSTRAINT "M60_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "M1_name_key" ON "M1"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M2_name_key" ON "M2"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M3_name_key" ON "M3"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M4_name_key" ON "M4"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M5_name_key" ON "M5"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M6_name_key" ON "M6"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M7_name_key" ON "M7"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M8_name_key" ON "M8"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M9_name_key" ON "M9"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M10_name_key" ON "M10"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M11_name_key" ON "M11"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M12_name_key" ON "M12"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M13_name_key" ON "M13"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M14_name_key" ON "M14"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M15_name_key" ON "M15"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M16_name_key" ON "M16"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M17_name_key" ON "M17"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M18_name_key" ON "M18"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M19_name_key" ON "M19"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M20_name_key" ON "M20"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M21_name_key" ON "M21"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M22_name_key" ON "M22"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M23_name_key" ON "M23"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M24_name_key" ON "M24"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M25_name_key" ON "M25"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M26_name_key" ON "M26"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M27_name_key" ON "M27"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M28_name_key" ON "M28"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M29_name_key" ON "M29"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M30_name_key" ON "M30"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M31_name_key" ON "M31"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M32_name_key" ON "M32"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M33_name_key" ON "M33"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M34_name_key" ON "M34"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M35_name_key" ON "M35"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M36_name_key" ON "M36"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M37_name_key" ON "M37"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M38_name_key" ON "M38"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M39_name_key" ON "M39"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M40_name_key" ON "M40"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M41_name_key" ON "M41"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M42_name_key" ON "M42"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M43_name_key" ON "M43"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M44_name_key" ON "M44"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M45_name_key" ON "M45"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M46_name_key" ON "M46"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M47_name_key" ON "M47"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M48_name_key" ON "M48"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M49_name_key" ON "M49"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M50_name_key" ON "M50"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M51_name_key" ON "M51"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M52_name_key" ON "M52"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M53_name_key" ON "M53"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M54_name_key" ON "M54"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M55_name_key" ON "M55"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M56_name_key" ON "M56"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M57_name_key" ON "M57"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M58_name_key" ON "M58"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M59_name_key" ON "M59"("name");

-- CreateIndex
CREATE UNIQUE INDEX "M60_name_key" ON "M60"("name");

-- AddForeignKey
ALTER TABLE "M2" ADD CONSTRAINT "M2_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M1"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M3" ADD CONSTRAINT "M3_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M2"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M4" ADD CONSTRAINT "M4_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M3"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M5" ADD CONSTRAINT "M5_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M4"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M6" ADD CONSTRAINT "M6_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M5"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M7" ADD CONSTRAINT "M7_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M6"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M8" ADD CONSTRAINT "M8_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M7"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M9" ADD CONSTRAINT "M9_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M8"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M10" ADD CONSTRAINT "M10_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M9"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M11" ADD CONSTRAINT "M11_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M10"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M12" ADD CONSTRAINT "M12_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M11"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M13" ADD CONSTRAINT "M13_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M12"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M14" ADD CONSTRAINT "M14_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M13"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M15" ADD CONSTRAINT "M15_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M14"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M16" ADD CONSTRAINT "M16_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M15"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M17" ADD CONSTRAINT "M17_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M16"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M18" ADD CONSTRAINT "M18_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M17"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M19" ADD CONSTRAINT "M19_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M18"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M20" ADD CONSTRAINT "M20_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M19"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M21" ADD CONSTRAINT "M21_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M20"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M22" ADD CONSTRAINT "M22_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M21"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M23" ADD CONSTRAINT "M23_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M22"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M24" ADD CONSTRAINT "M24_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M23"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M25" ADD CONSTRAINT "M25_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M24"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M26" ADD CONSTRAINT "M26_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M25"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M27" ADD CONSTRAINT "M27_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M26"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M28" ADD CONSTRAINT "M28_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M27"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M29" ADD CONSTRAINT "M29_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M28"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M30" ADD CONSTRAINT "M30_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M29"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M31" ADD CONSTRAINT "M31_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M30"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M32" ADD CONSTRAINT "M32_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M31"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M33" ADD CONSTRAINT "M33_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M32"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M34" ADD CONSTRAINT "M34_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M33"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M35" ADD CONSTRAINT "M35_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M34"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M36" ADD CONSTRAINT "M36_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M35"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M37" ADD CONSTRAINT "M37_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M36"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M38" ADD CONSTRAINT "M38_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M37"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M39" ADD CONSTRAINT "M39_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M38"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M40" ADD CONSTRAINT "M40_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M39"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M41" ADD CONSTRAINT "M41_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M40"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M42" ADD CONSTRAINT "M42_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M41"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M43" ADD CONSTRAINT "M43_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M42"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M44" ADD CONSTRAINT "M44_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M43"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M45" ADD CONSTRAINT "M45_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M44"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M46" ADD CONSTRAINT "M46_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M45"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M47" ADD CONSTRAINT "M47_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M46"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M48" ADD CONSTRAINT "M48_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M47"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M49" ADD CONSTRAINT "M49_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M48"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M50" ADD CONSTRAINT "M50_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M49"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M51" ADD CONSTRAINT "M51_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M50"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M52" ADD CONSTRAINT "M52_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M51"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M53" ADD CONSTRAINT "M53_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M52"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M54" ADD CONSTRAINT "M54_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M53"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M55" ADD CONSTRAINT "M55_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M54"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M56" ADD CONSTRAINT "M56_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M55"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M57" ADD CONSTRAINT "M57_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M56"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M58" ADD CONSTRAINT "M58_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M57"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M59" ADD CONSTRAINT "M59_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M58"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "M60" ADD CONSTRAINT "M60_prevId_fkey" FOREIGN KEY ("prevId") REFERENCES "M59"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
