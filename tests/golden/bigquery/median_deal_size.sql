SELECT
  `t13`.`grp`,
  `t13`.`period_start`,
  SUM(
    IF(
      (
        `t13`.`denominator` = 1
      )
      AND (
        ABS(CAST(`t13`.`rank` AS FLOAT64) - (
          CAST(`t13`.`known` - 1 AS FLOAT64) * 0.5
        )) < 1
      ),
      1.0 - ABS(CAST(`t13`.`rank` AS FLOAT64) - (
        CAST(`t13`.`known` - 1 AS FLOAT64) * 0.5
      )),
      0.0
    ) * COALESCE(`t13`.`size`, 0.0)
  ) AS `value`,
  SUM(
    IF(
      (
        `t13`.`denominator` = 1
      )
      AND (
        ABS(CAST(`t13`.`rank` AS FLOAT64) - (
          CAST(`t13`.`known` - 1 AS FLOAT64) * 0.5
        )) < 1
      ),
      1.0 - ABS(CAST(`t13`.`rank` AS FLOAT64) - (
        CAST(`t13`.`known` - 1 AS FLOAT64) * 0.5
      )),
      0.0
    ) * CAST(`t13`.`is_open` AS FLOAT64)
  ) AS `blocked`,
  SUM(CAST(`t13`.`denominator` AS FLOAT64)) AS `denominator`,
  SUM(`t13`.`aside`) AS `aside`,
  SUM(IF(COALESCE(`t13`.`day` IS NULL, FALSE), 1, 0)) AS `undated`,
  SUM(`t13`.`unseated`) AS `unseated`
FROM (
  SELECT
    `t12`.`seller`,
    `t12`.`day`,
    `t12`.`numerator`,
    `t12`.`denominator`,
    `t12`.`aside`,
    `t12`.`period_start`,
    `t12`.`as_of`,
    `t12`.`on`,
    `t12`.`person`,
    `t12`.`grp`,
    `t12`.`valid_from`,
    `t12`.`valid_to`,
    `t12`.`unseated`,
    `t12`.`is_open`,
    `t12`.`size`,
    `t12`.`rank`,
    SUM(`t12`.`denominator`) OVER (
      PARTITION BY `t12`.`grp`, `t12`.`period_start`
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS `known`
  FROM (
    SELECT
      `t11`.`seller`,
      `t11`.`day`,
      `t11`.`numerator`,
      `t11`.`denominator`,
      `t11`.`aside`,
      `t11`.`period_start`,
      `t11`.`as_of`,
      `t11`.`on`,
      `t11`.`person`,
      `t11`.`grp`,
      `t11`.`valid_from`,
      `t11`.`valid_to`,
      `t11`.`unseated`,
      `t11`.`is_open`,
      `t11`.`size`,
      ROW_NUMBER() OVER (
        PARTITION BY `t11`.`grp`, `t11`.`period_start`
        ORDER BY `t11`.`denominator` DESC, `t11`.`is_open` ASC, `t11`.`size` ASC
      ) - 1 AS `rank`
    FROM (
      SELECT
        `t10`.`seller`,
        `t10`.`day`,
        `t10`.`numerator`,
        `t10`.`denominator`,
        `t10`.`aside`,
        `t10`.`period_start`,
        `t10`.`as_of`,
        `t10`.`on`,
        `t10`.`person`,
        `t10`.`grp`,
        `t10`.`valid_from`,
        `t10`.`valid_to`,
        0 AS `unseated`,
        IF(COALESCE(`t10`.`numerator` IS NULL, FALSE), 1, 0) AS `is_open`,
        `t10`.`numerator` AS `size`
      FROM (
        SELECT
          `t9`.`seller`,
          `t9`.`day`,
          `t9`.`numerator`,
          `t9`.`denominator`,
          `t9`.`aside`,
          `t9`.`period_start`,
          `t9`.`as_of`,
          `t9`.`on`,
          `t3`.`person`,
          `t3`.`grp`,
          `t3`.`valid_from`,
          `t3`.`valid_to`
        FROM (
          SELECT
            `t7`.`seller`,
            `t7`.`day`,
            `t7`.`numerator`,
            `t7`.`denominator`,
            `t7`.`aside`,
            `t7`.`period_start`,
            `t7`.`as_of`,
            `t7`.`day` AS `on`
          FROM (
            SELECT
              `t6`.`seller`,
              `t6`.`day`,
              `t6`.`numerator`,
              `t6`.`denominator`,
              `t6`.`aside`,
              `t4`.`period_start`,
              `t4`.`as_of`
            FROM (
              SELECT
                `t1`.`seller`,
                `t1`.`closed_on` AS `day`,
                `t1`.`amount` AS `numerator`,
                IF(COALESCE(`t1`.`amount` IS NOT NULL, FALSE), 1, 0) AS `denominator`,
                IF(COALESCE(NOT (
                  `t1`.`amount` IS NOT NULL
                ), FALSE), 1, 0) AS `aside`
              FROM `opportunities` AS `t1`
              WHERE
                `t1`.`status` IN ('won')
            ) AS `t6`
            INNER JOIN `days` AS `t4`
              ON `t6`.`day` = `t4`.`day`
          ) AS `t7`
        ) AS `t9`
        INNER JOIN `membership` AS `t3`
          ON `t9`.`seller` = `t3`.`person`
          AND `t9`.`on` >= `t3`.`valid_from`
          AND `t9`.`on` <= `t3`.`valid_to`
      ) AS `t10`
    ) AS `t11`
  ) AS `t12`
) AS `t13`
GROUP BY
  1,
  2
