-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "patient_status" AS ENUM ('is_active', 'inactive');

-- CreateTable
CREATE TABLE "patients" (
    "id" SERIAL NOT NULL,
    "full_name" TEXT NOT NULL,
    "phone" TEXT NOT NULL,
    "status" "patient_status" NOT NULL DEFAULT 'is_active',

    CONSTRAINT "patients_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Doctor" (
    "id" INTEGER NOT NULL,
    "nickname" TEXT,
    "code" TEXT NOT NULL,
    "room_id" INTEGER,

    CONSTRAINT "Doctor_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Room" (
    "id" INTEGER NOT NULL,

    CONSTRAINT "room_key" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Visit" (
    "id" INTEGER NOT NULL,
    "note" TEXT NOT NULL,

    CONSTRAINT "Visit_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "_care" (
    "A" INTEGER NOT NULL,
    "B" INTEGER NOT NULL,

    CONSTRAINT "_care_AB_pkey" PRIMARY KEY ("A","B")
);

-- CreateIndex
CREATE UNIQUE INDEX "doctor_code" ON "Doctor"("code");

-- CreateIndex
CREATE INDEX "Doctor_room_id_nickname_idx" ON "Doctor"("room_id", "nickname");

-- CreateIndex
CREATE INDEX "Doctor_room_id_code_idx" ON "Doctor"("room_id", "code" DESC);

-- CreateIndex
CREATE INDEX "_care_B_index" ON "_care"("B");

-- AddForeignKey
ALTER TABLE "Doctor" ADD CONSTRAINT "doctor_room" FOREIGN KEY ("room_id") REFERENCES "Room"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "_care" ADD CONSTRAINT "_care_A_fkey" FOREIGN KEY ("A") REFERENCES "Doctor"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "_care" ADD CONSTRAINT "_care_B_fkey" FOREIGN KEY ("B") REFERENCES "patients"("id") ON DELETE CASCADE ON UPDATE CASCADE;
