SELECT
  "t12"."grp",
  "t12"."period_start",
  "t12"."numerator",
  CAST("t12"."rows" * 1 AS DOUBLE) AS "denominator",
  "t12"."rows" * 0 AS "aside",
  "t12"."rows" * 0 AS "undated",
  "t12"."rows" * 0 AS "unseated"
FROM (
  SELECT
    "t11"."grp",
    "t11"."period_start",
    CAST(SUM("t11"."numerator") AS DOUBLE) AS "numerator",
    COUNT(*) AS "rows"
  FROM (
    SELECT
      "t10"."seller",
      "t10"."day",
      "t10"."numerator",
      "t10"."denominator",
      "t10"."aside",
      "t10"."period_start",
      "t10"."as_of",
      "t10"."on",
      "t10"."person",
      "t10"."grp",
      "t10"."valid_from",
      "t10"."valid_to",
      0 AS "unseated"
    FROM (
      SELECT
        "t9"."seller",
        "t9"."day",
        "t9"."numerator",
        "t9"."denominator",
        "t9"."aside",
        "t9"."period_start",
        "t9"."as_of",
        "t9"."on",
        "t3"."person",
        "t3"."grp",
        "t3"."valid_from",
        "t3"."valid_to"
      FROM (
        SELECT
          "t7"."seller",
          "t7"."day",
          "t7"."numerator",
          "t7"."denominator",
          "t7"."aside",
          "t7"."period_start",
          "t7"."as_of",
          "t7"."day" AS "on"
        FROM (
          SELECT
            "t6"."seller",
            "t6"."day",
            "t6"."numerator",
            "t6"."denominator",
            "t6"."aside",
            "t4"."period_start",
            "t4"."as_of"
          FROM (
            SELECT
              "t1"."seller",
              "t1"."closed_on" AS "day",
              IF(COALESCE("t1"."status" = 'won', FALSE), 1, 0) AS "numerator",
              1 AS "denominator",
              0 AS "aside"
            FROM "opportunities" AS "t1"
            WHERE
              "t1"."status" IN ('won', 'lost')
          ) AS "t6"
          INNER JOIN "days" AS "t4"
            ON "t6"."day" = "t4"."day"
        ) AS "t7"
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
) AS "t12"
