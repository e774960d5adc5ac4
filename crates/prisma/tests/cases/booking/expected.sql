-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "AmenityKind" AS ENUM ('wifi', 'pool', 'sea view');

-- CreateTable
CREATE TABLE "Hotel" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "stars" SMALLINT,
    "opens" TIME NOT NULL,

    CONSTRAINT "Hotel_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Room" (
    "hotelId" INTEGER NOT NULL,
    "number" VARCHAR(6) NOT NULL,
    "beds" SMALLINT NOT NULL DEFAULT 1,

    CONSTRAINT "Room_pkey" PRIMARY KEY ("hotelId","number")
);

-- CreateTable
CREATE TABLE "Amenity" (
    "id" INTEGER NOT NULL,
    "hotelId" INTEGER NOT NULL,
    "room" VARCHAR(6) NOT NULL,
    "kind" "AmenityKind" NOT NULL,

    CONSTRAINT "Amenity_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Booking" (
    "id" UUID NOT NULL,
    "hotelId" INTEGER NOT NULL,
    "room" VARCHAR(6) NOT NULL,
    "during" daterange NOT NULL,
    "guest" TEXT NOT NULL,
    "price" DECIMAL(10,2) NOT NULL,

    CONSTRAINT "Booking_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Booking_hotelId_room_idx" ON "Booking"("hotelId", "room");

-- CreateIndex
CREATE INDEX "booking_during" ON "Booking" USING GIST ("during");

-- AddForeignKey
ALTER TABLE "Room" ADD CONSTRAINT "Room_hotelId_fkey" FOREIGN KEY ("hotelId") REFERENCES "Hotel"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Amenity" ADD CONSTRAINT "Amenity_hotelId_room_fkey" FOREIGN KEY ("hotelId", "room") REFERENCES "Room"("hotelId", "number") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Booking" ADD CONSTRAINT "Booking_hotelId_room_fkey" FOREIGN KEY ("hotelId", "room") REFERENCES "Room"("hotelId", "number") ON DELETE RESTRICT ON UPDATE CASCADE;
