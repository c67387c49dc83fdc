SELECT
  "t11"."grp",
  "t11"."period_start",
  CAST(COUNT(*) AS DOUBLE) AS "deals",
  SUM("t11"."amount") AS "worth",
  COUNT("t11"."amount") AS "with_amount",
  SUM(
    IFF(
      COALESCE((
        "t11"."amount" IS NOT NULL
      ) AND (
        "t11"."closed_later" = 1
      ), FALSE),
      1,
      0
    )
  ) AS "hindsight",
  SUM(IFF(COALESCE("t11"."opened_on" IS NULL, FALSE), 1, 0)) AS "undated",
  SUM("t11"."unseated") AS "unseated"
FROM (
  SELECT
    "t10"."opportunity_id",
    "t10"."name",
    "t10"."account_id",
    "t10"."seller",
    "t10"."lead_id",
    "t10"."product",
    "t10"."source",
    "t10"."stage",
    "t10"."status",
    "t10"."opened_on",
    "t10"."closed_on",
    "t10"."expected_close_on",
    "t10"."amount",
    "t10"."list_amount",
    "t10"."source_file",
    "t10"."source_row",
    "t10"."open_from",
    "t10"."open_until",
    "t10"."period_start",
    "t10"."snapshot_on",
    "t10"."first_on",
    "t10"."year_ago",
    "t10"."is_last",
    "t10"."on",
    "t10"."closed_later",
    "t10"."person",
    "t10"."grp",
    "t10"."valid_from",
    "t10"."valid_to",
    0 AS "unseated"
  FROM (
    SELECT
      "t9"."opportunity_id",
      "t9"."name",
      "t9"."account_id",
      "t9"."seller",
      "t9"."lead_id",
      "t9"."product",
      "t9"."source",
      "t9"."stage",
      "t9"."status",
      "t9"."opened_on",
      "t9"."closed_on",
      "t9"."expected_close_on",
      "t9"."amount",
      "t9"."list_amount",
      "t9"."source_file",
      "t9"."source_row",
      "t9"."open_from",
      "t9"."open_until",
      "t9"."period_start",
      "t9"."snapshot_on",
      "t9"."first_on",
      "t9"."year_ago",
      "t9"."is_last",
      "t9"."on",
      "t9"."closed_later",
      "t3"."person",
      "t3"."grp",
      "t3"."valid_from",
      "t3"."valid_to"
    FROM (
      SELECT
        "t7"."opportunity_id",
        "t7"."name",
        "t7"."account_id",
        "t7"."seller",
        "t7"."lead_id",
        "t7"."product",
        "t7"."source",
        "t7"."stage",
        "t7"."status",
        "t7"."opened_on",
        "t7"."closed_on",
        "t7"."expected_close_on",
        "t7"."amount",
        "t7"."list_amount",
        "t7"."source_file",
        "t7"."source_row",
        "t7"."open_from",
        "t7"."open_until",
        "t7"."period_start",
        "t7"."snapshot_on",
        "t7"."first_on",
        "t7"."year_ago",
        "t7"."is_last",
        "t7"."snapshot_on" AS "on",
        IFF(COALESCE("t7"."status" <> 'open', FALSE), 1, 0) AS "closed_later"
      FROM (
        SELECT
          "t6"."opportunity_id",
          "t6"."name",
          "t6"."account_id",
          "t6"."seller",
          "t6"."lead_id",
          "t6"."product",
          "t6"."source",
          "t6"."stage",
          "t6"."status",
          "t6"."opened_on",
          "t6"."closed_on",
          "t6"."expected_close_on",
          "t6"."amount",
          "t6"."list_amount",
          "t6"."source_file",
          "t6"."source_row",
          "t6"."open_from",
          "t6"."open_until",
          "t4"."period_start",
          "t4"."snapshot_on",
          "t4"."first_on",
          "t4"."year_ago",
          "t4"."is_last"
        FROM (
          SELECT
            "t1"."opportunity_id",
            "t1"."name",
            "t1"."account_id",
            "t1"."seller",
            "t1"."lead_id",
            "t1"."product",
            "t1"."source",
            "t1"."stage",
            "t1"."status",
            "t1"."opened_on",
            "t1"."closed_on",
            "t1"."expected_close_on",
            "t1"."amount",
            "t1"."list_amount",
            "t1"."source_file",
            "t1"."source_row",
            COALESCE("t1"."opened_on", DATE_FROM_PARTS(1900, 1, 1)) AS "open_from",
            IFF("t1"."status" = 'open', DATE_FROM_PARTS(2999, 12, 31), "t1"."closed_on") AS "open_until"
          FROM "opportunities" AS "t1"
        ) AS "t6"
        INNER JOIN "ends" AS "t4"
          ON "t6"."open_from" <= "t4"."snapshot_on" AND "t6"."open_until" > "t4"."snapshot_on"
      ) AS "t7"
      WHERE
        (
          "t7"."opened_on" IS NOT NULL
        ) OR "t7"."is_last"
    ) AS "t9"
    INNER JOIN "membership" AS "t3"
      ON "t9"."seller" = "t3"."person"
      AND "t9"."on" >= "t3"."valid_from"
      AND "t9"."on" <= "t3"."valid_to"
  ) AS "t10"
) AS "t11"
GROUP BY
  1,
  2
