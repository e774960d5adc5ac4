-- backfill tooth_fdi (2/4: data)
--
-- Revision ID: 0006
-- Revises: 0005
-- Create Date: 2024-09-02
-- Author: Maya Okafor

-- 1,000 rows at a time, by key, so that no statement runs for long.
DO $$
DECLARE
    batch_size  constant bigint := 1000;
    last_id     bigint := 0;
    next_id     bigint;
    rows_now    bigint;
    rows_total  bigint := 0;
BEGIN
    LOOP
        SELECT max(id) INTO next_id
        FROM (SELECT id FROM treatments WHERE id > last_id ORDER BY id LIMIT batch_size) AS batch;
        EXIT WHEN next_id IS NULL;

        UPDATE treatments
           SET tooth_fdi = tooth_fdi_from_universal(tooth_universal)
         WHERE id > last_id AND id <= next_id AND tooth_fdi IS NULL;

        GET DIAGNOSTICS rows_now = ROW_COUNT;
        rows_total := rows_total + rows_now;
        last_id := next_id;
    END LOOP;

    RAISE NOTICE 'backfilled % treatments', rows_total;
END
$$;
