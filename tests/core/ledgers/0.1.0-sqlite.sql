CREATE TABLE csvferry_rejects (
  run VARCHAR(32)  NOT NULL,
  line BIGINT NOT NULL,
  byte_offset BIGINT,
  column_name VARCHAR(64),
  code VARCHAR(32) NOT NULL,
  message VARCHAR(512) NOT NULL,
  raw BLOB);
INSERT INTO "csvferry_rejects" VALUES('20261125164132a9ebf92b82a9',3,14,'id','duplicate_key','the key is that of line 6, which won',X'322C426F62');
INSERT INTO "csvferry_rejects" VALUES('20261125164132a9ebf92b82a9',4,20,NULL,'missing_columns','expected 2 columns, found 1',X'78');
INSERT INTO "csvferry_rejects" VALUES('2026112516413200bc49d31724',4,20,NULL,'too_many_columns','expected 2 columns, found 3',X'792C2C');
CREATE TABLE csvferry_runs (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  run VARCHAR(32)  NOT NULL UNIQUE,
  feed VARCHAR(64)  NOT NULL,
  source TEXT NOT NULL,
  version VARCHAR(255)  NOT NULL,
  bytes BIGINT NOT NULL,
  table_name VARCHAR(64) NOT NULL,
  mode VARCHAR(16) NOT NULL,
  strategy VARCHAR(16) NOT NULL,
  status VARCHAR(16) NOT NULL,
  started VARCHAR(32) NOT NULL,
  seconds DOUBLE NOT NULL,
  rows_read BIGINT NOT NULL,
  rows_inserted BIGINT NOT NULL,
  rows_updated BIGINT NOT NULL,
  rows_deleted BIGINT NOT NULL,
  rows_unchanged BIGINT NOT NULL,
  rows_duplicate BIGINT NOT NULL,
  rows_rejected BIGINT NOT NULL,
  message TEXT,
  seal VARCHAR(64)  NOT NULL,
  header TEXT);
INSERT INTO "csvferry_runs" VALUES(1,'20261125164132a9ebf92b82a9','8fb99760669e8ea60ac6eacdeefb9175','file:///data/people.csv','sha256:beac8526e6ec717f1c67267c8e7743c56198e196a79dafc2a79f7db2e1e442d4',35,'people','upsert','direct','applied','2026-11-25T16:41:32+00:00',0.197,5,3,0,0,0,1,1,NULL,'cf5d2225f708c6bfb88ed67f99fa2c0c','{"line": "id,name", "encoding": "utf-8"}');
INSERT INTO "csvferry_runs" VALUES(2,'2026112516413200bc49d31724','8fb99760669e8ea60ac6eacdeefb9175','file:///data/people.csv','sha256:1f557acbeeeba80017ed0a80573b4de44754e0504f0c93157fb0f493f0de4e04',36,'people','upsert','delta','applied','2026-11-25T16:41:32+00:00',0.162,5,1,2,0,1,0,1,NULL,'cf5d2225f708c6bfb88ed67f99fa2c0c','{"line": "id,name", "encoding": "utf-8"}');
CREATE TABLE csvferry_schema (
  version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO "csvferry_schema" VALUES(1);
CREATE TABLE "people" /* made by csvferry 20261125164132a9ebf92b82a9 */ ("id" BIGINT NOT NULL, "name" TEXT, PRIMARY KEY ("id"));
INSERT INTO "people" VALUES(1,'Ann');
INSERT INTO "people" VALUES(3,'Cyd');
INSERT INTO "people" VALUES(2,'Bob');
INSERT INTO "people" VALUES(4,'Dan');
CREATE INDEX csvferry_runs_feed ON csvferry_runs (feed);
CREATE INDEX csvferry_rejects_run ON csvferry_rejects (run);
