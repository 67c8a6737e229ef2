CREATE TABLE `csvferry_rejects` (
  `run` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `line` bigint NOT NULL,
  `byte_offset` bigint DEFAULT NULL,
  `column_name` varchar(64) DEFAULT NULL,
  `code` varchar(32) NOT NULL,
  `message` varchar(512) NOT NULL,
  `raw` longblob,
  KEY `csvferry_rejects_run` (`run`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
INSERT INTO `csvferry_rejects` VALUES ('202611251641329a73cd45c9f9',3,14,'id','duplicate_key','the key is that of line 6, which won',0x322C426F62);
INSERT INTO `csvferry_rejects` VALUES ('202611251641329a73cd45c9f9',4,20,NULL,'missing_columns','expected 2 columns, found 1',0x78);
INSERT INTO `csvferry_rejects` VALUES ('20261125164132a5b7e41cee88',4,20,NULL,'too_many_columns','expected 2 columns, found 3',0x792C2C);
CREATE TABLE `csvferry_runs` (
  `position` bigint NOT NULL AUTO_INCREMENT,
  `run` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `feed` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `source` text NOT NULL,
  `version` varchar(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `bytes` bigint NOT NULL,
  `table_name` varchar(64) NOT NULL,
  `mode` varchar(16) NOT NULL,
  `strategy` varchar(16) NOT NULL,
  `status` varchar(16) NOT NULL,
  `started` varchar(32) NOT NULL,
  `seconds` double NOT NULL,
  `rows_read` bigint NOT NULL,
  `rows_inserted` bigint NOT NULL,
  `rows_updated` bigint NOT NULL,
  `rows_deleted` bigint NOT NULL,
  `rows_unchanged` bigint NOT NULL,
  `rows_duplicate` bigint NOT NULL,
  `rows_rejected` bigint NOT NULL,
  `message` text,
  `seal` varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `header` text,
  PRIMARY KEY (`position`),
  UNIQUE KEY `run` (`run`),
  KEY `csvferry_runs_feed` (`feed`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
INSERT INTO `csvferry_runs` VALUES (1,'202611251641329a73cd45c9f9','8fb99760669e8ea60ac6eacdeefb9175','file:///data/people.csv','sha256:beac8526e6ec717f1c67267c8e7743c56198e196a79dafc2a79f7db2e1e442d4',35,'people','upsert','direct','applied','2026-11-25T16:41:32+00:00',0.117,5,3,0,0,0,1,1,NULL,'98d45d282ad70e795126bb7cf990550a','{\"line\": \"id,name\", \"encoding\": \"utf-8\"}');
INSERT INTO `csvferry_runs` VALUES (2,'20261125164132a5b7e41cee88','8fb99760669e8ea60ac6eacdeefb9175','file:///data/people.csv','sha256:1f557acbeeeba80017ed0a80573b4de44754e0504f0c93157fb0f493f0de4e04',36,'people','upsert','delta','applied','2026-11-25T16:41:32+00:00',0.067,5,1,2,0,1,0,1,NULL,'98d45d282ad70e795126bb7cf990550a','{\"line\": \"id,name\", \"encoding\": \"utf-8\"}');
CREATE TABLE `csvferry_schema` (
  `version` int NOT NULL,
  PRIMARY KEY (`version`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;
INSERT INTO `csvferry_schema` VALUES (1);
CREATE TABLE `people` (
  `id` bigint NOT NULL,
  `name` text CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='made by csvferry 202611251641329a73cd45c9f9';
INSERT INTO `people` VALUES (1,'Ann');
INSERT INTO `people` VALUES (2,'Bob');
INSERT INTO `people` VALUES (3,'Cyd');
INSERT INTO `people` VALUES (4,'Dan');
