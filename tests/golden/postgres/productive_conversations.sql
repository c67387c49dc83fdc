WITH "t10" AS (
  SELECT
    "t4"."as_of"
  FROM "terms" AS "t4"
)
SELECT
  "t29"."grp",
  "t29"."period_start",
  "t29"."numerator",
  "t29"."denominator",
  "t29"."aside",
  "t29"."rows" * 0 AS "undated",
  "t29"."rows" * 0 AS "unseated"
FROM (
  SELECT
    "t28"."grp",
    "t28"."period_start",
    CAST(SUM("t28"."numerator") AS DOUBLE PRECISION) AS "numerator",
    CAST(SUM("t28"."denominator") AS DOUBLE PRECISION) AS "denominator",
    SUM("t28"."aside") AS "aside",
    COUNT(*) AS "rows"
  FROM (
    SELECT
      "t27"."seller",
      "t27"."day",
      "t27"."numerator",
      "t27"."denominator",
      "t27"."aside",
      "t27"."period_start",
      "t27"."as_of",
      "t27"."on",
      "t27"."person",
      "t27"."grp",
      "t27"."valid_from",
      "t27"."valid_to",
      0 AS "unseated"
    FROM (
      SELECT
        "t26"."seller",
        "t26"."day",
        "t26"."numerator",
        "t26"."denominator",
        "t26"."aside",
        "t26"."period_start",
        "t26"."as_of",
        "t26"."on",
        "t6"."person",
        "t6"."grp",
        "t6"."valid_from",
        "t6"."valid_to"
      FROM (
        SELECT
          "t24"."seller",
          "t24"."day",
          "t24"."numerator",
          "t24"."denominator",
          "t24"."aside",
          "t24"."period_start",
          "t24"."as_of",
          "t24"."day" AS "on"
        FROM (
          SELECT
            "t23"."seller",
            "t23"."day",
            "t23"."numerator",
            "t23"."denominator",
            "t23"."aside",
            "t7"."period_start",
            "t7"."as_of"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t17"."seller",
                "t17"."day",
                0 AS "numerator",
                1 AS "denominator",
                "t17"."aside"
              FROM (
                SELECT
                  "t13"."seller",
                  "t13"."day",
                  "t13"."at",
                  "t13"."opportunity_id",
                  "t8"."productive_until" AS "until",
                  CASE
                    WHEN COALESCE(
                      (
                        "t13"."opportunity_id" IS NOT NULL
                      )
                      AND (
                        "t8"."productive_until" > "t14"."as_of"
                      ),
                      FALSE
                    )
                    THEN 1
                    ELSE 0
                  END AS "aside"
                FROM (
                  SELECT
                    "t2"."seller",
                    "t2"."at",
                    "t2"."opportunity_id",
                    DATE("t2"."at") AS "day"
                  FROM "activities" AS "t2"
                  WHERE
                    COALESCE("t2"."is_conversation", FALSE)
                ) AS "t13"
                INNER JOIN "horizon" AS "t8"
                  ON "t13"."day" = "t8"."day"
                CROSS JOIN "t10" AS "t14"
              ) AS "t17"
            ) AS "t20"
            UNION ALL
            SELECT
              *
            FROM (
              SELECT
                "t13"."seller",
                "t13"."day",
                1 AS "numerator",
                0 AS "denominator",
                0 AS "aside"
              FROM (
                SELECT
                  "t2"."seller",
                  "t2"."at",
                  "t2"."opportunity_id",
                  DATE("t2"."at") AS "day"
                FROM "activities" AS "t2"
                WHERE
                  COALESCE("t2"."is_conversation", FALSE)
              ) AS "t13"
              INNER JOIN "horizon" AS "t8"
                ON "t13"."day" = "t8"."day"
              CROSS JOIN "t10" AS "t14"
              WHERE
                EXISTS(
                  SELECT
                    1
                  FROM (
                    SELECT
                      "t16"."opportunity_id",
                      "t16"."changed_at",
                      DATE("t16"."changed_at") AS "moved_on"
                    FROM (
                      SELECT
                        "t9"."opportunity_id",
                        "t9"."changed_at",
                        "t9"."from_stage",
                        "t9"."to_stage",
                        "t9"."source_file",
                        "t9"."source_row",
                        "t15"."as_of"
                      FROM "stage_changes" AS "t9"
                      CROSS JOIN "t10" AS "t15"
                    ) AS "t16"
                    WHERE
                      "t16"."from_stage" IS NOT NULL
                      AND "t16"."from_stage" <> "t16"."to_stage"
                      AND DATE("t16"."changed_at") <= "t16"."as_of"
                  ) AS "t19"
                  WHERE
                    "t13"."opportunity_id" = "t19"."opportunity_id"
                    AND "t19"."changed_at" >= "t13"."at"
                    AND "t19"."moved_on" <= "t8"."productive_until"
                )
            ) AS "t21"
          ) AS "t23"
          INNER JOIN "days" AS "t7"
            ON "t23"."day" = "t7"."day"
        ) AS "t24"
      ) AS "t26"
      INNER JOIN "membership" AS "t6"
        ON "t26"."seller" = "t6"."person"
        AND "t26"."on" >= "t6"."valid_from"
        AND "t26"."on" <= "t6"."valid_to"
    ) AS "t27"
  ) AS "t28"
  GROUP BY
    1,
    2
) AS "t29"
