-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "Place" (
    "id" INTEGER NOT NULL,
    "point" point NOT NULL,
    "area" geometry(Polygon, 4326),
    "span" tstzrange NOT NULL DEFAULT tstzrange(now(), NULL),
    "vector" vector(1536),
    "names" ltree[],
    "search" tsvector DEFAULT to_tsvector('english'::regconfig, ''::text),

    CONSTRAINT "Place_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Place_search_idx" ON "Place" USING GIN ("search");

-- CreateIndex
CREATE INDEX "place_area" ON "Place" USING GIST ("area");

-- CreateIndex
CREATE INDEX "Place_span_idx" ON "Place" USING GIST ("span" range_ops);

-- CreateIndex
CREATE INDEX "by_vector" ON "Place" USING GIST ("vector" vector_l2_ops);
