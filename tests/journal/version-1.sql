-- A journal of version 1, as that version wrote it.
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        at REAL NOT NULL,
        session TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        operate TEXT NOT NULL,
        raw TEXT NOT NULL,
        job TEXT
    ) STRICT
    ;
CREATE TABLE jobs (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        final INTEGER NOT NULL,
        path TEXT NOT NULL,
        instance TEXT NOT NULL,
        request_id TEXT,
        request_key TEXT,
        created REAL NOT NULL,
        updated REAL NOT NULL,
        identity TEXT,
        snapshot INTEGER REFERENCES snapshots (id),
        snapshot_until REAL,
        search TEXT NOT NULL,
        files BLOB,
        doc TEXT NOT NULL
    ) STRICT
    ;
INSERT INTO "jobs" VALUES(1,'j1','save','done',1,'/cad/gear.FCStd','instance-0001',NULL,NULL,1700000000.0,1700000005.0,'file:/cad/gear.FCStd',1,NULL,'/cad/gear.fcstd
j1
freecad
freecad-cloud

',NULL,'{"cloud":"sandbox","host":"FreeCAD","product":"freecad-cloud","assembly":false,"force":false,"limit":null,"reason":null,"handedPath":null,"submittedAt":null,"attempts":0,"autoRepeats":0,"recaptures":0,"notes":[],"error":null,"replacedBy":null,"resultPath":null,"result":{}}');
INSERT INTO "jobs" VALUES(2,'j2','save','done',1,'/cad/gear.FCStd','instance-0001',NULL,NULL,1700000000.0,1700000005.0,'file:/cad/gear.FCStd',2,NULL,'/cad/gear.fcstd
j2
freecad
freecad-cloud

',NULL,'{"cloud":"sandbox","host":"FreeCAD","product":"freecad-cloud","assembly":false,"force":false,"limit":null,"reason":null,"handedPath":null,"submittedAt":null,"attempts":0,"autoRepeats":0,"recaptures":0,"notes":[],"error":null,"replacedBy":null,"resultPath":null,"result":{}}');
INSERT INTO "jobs" VALUES(3,'j3','open','done',1,'','instance-0001',NULL,NULL,1700000000.0,1700000005.0,NULL,NULL,NULL,'
j3
freecad
freecad-cloud

/cad/cloud/flange.fcstd',NULL,'{"cloud":"sandbox","host":"FreeCAD","product":"freecad-cloud","assembly":false,"force":false,"limit":null,"reason":null,"handedPath":null,"submittedAt":null,"attempts":0,"autoRepeats":0,"recaptures":0,"notes":[],"error":null,"replacedBy":null,"resultPath":"/cad/cloud/flange.FCStd","result":{}}');
INSERT INTO "jobs" VALUES(4,'j4','save','unknown',1,'/cad/plate.FCStd','instance-0001',NULL,NULL,1700000000.0,1700000005.0,'file:/cad/plate.FCStd',3,NULL,'/cad/plate.fcstd
j4
freecad
freecad-cloud

',NULL,'{"cloud":"sandbox","host":"FreeCAD","product":"freecad-cloud","assembly":false,"force":false,"limit":null,"reason":null,"handedPath":null,"submittedAt":null,"attempts":0,"autoRepeats":0,"recaptures":0,"notes":[],"error":null,"replacedBy":null,"resultPath":null,"result":{}}');
INSERT INTO "jobs" VALUES(5,'j5','solve','done',1,'/cad/beam.inp','instance-0001',NULL,NULL,1700000000.0,1700000005.0,NULL,NULL,NULL,'/cad/beam.inp
j5
freecad
freecad-cloud

',NULL,'{"cloud":"sandbox","host":"FreeCAD","product":"freecad-cloud","assembly":false,"force":false,"limit":null,"reason":null,"handedPath":null,"submittedAt":null,"attempts":0,"autoRepeats":0,"recaptures":0,"notes":[],"error":null,"replacedBy":null,"resultPath":null,"result":{}}');
INSERT INTO "jobs" VALUES(6,'j6','save','waiting',0,'/cad/rod.FCStd','instance-0001',NULL,NULL,1700000000.0,1700000005.0,'file:/cad/rod.FCStd',4,NULL,'/cad/rod.fcstd
j6
freecad
freecad-cloud

',NULL,'{"cloud":"sandbox","host":"FreeCAD","product":"freecad-cloud","assembly":false,"force":false,"limit":null,"reason":null,"handedPath":null,"submittedAt":null,"attempts":0,"autoRepeats":0,"recaptures":0,"notes":[],"error":null,"replacedBy":null,"resultPath":null,"result":{}}');
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('clean','1');
INSERT INTO "meta" VALUES('owed','1 0');
CREATE TABLE opened (
        identity TEXT PRIMARY KEY,
        path TEXT NOT NULL,
        open_type TEXT NOT NULL,
        work_state TEXT NOT NULL,
        assembly INTEGER NOT NULL,
        opened_at REAL NOT NULL
    ) STRICT, WITHOUT ROWID
    ;
CREATE TABLE snapshots (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        files INTEGER NOT NULL,
        size INTEGER NOT NULL,
        objects BLOB NOT NULL,
        body BLOB NOT NULL
    ) STRICT
    ;
INSERT INTO "snapshots" VALUES(1,X'2309E7DC7CD90C693D87CF33DB403730A8BBBF0AFEBF381FD942DE90031ABC2A',1,3,X'CBA06B5736FAF67E54B07B561EAE94395E774C517A7D910A54369E1263CCFBD4',X'7801AD8D3B0EC2301005EFB2B5436CFC59EC16890B504629D6F63A8A640529310542DC9DB440CB6B4733EF0973E6A5CDED0101CA5C39F489723F31AD87CBF9DA320828B79A7985B0DC6B15B0359A3843285437DEE1EE6C1086013E9C9F8A160AE5F7049CA4EE54E914EE3F299274D1A276858A43B6264A8CD62926F6467BCB8826598584D92B49D668E7591D9D4EA9C46CFE9118C7D71BF4434DFA');
INSERT INTO "snapshots" VALUES(2,X'DC145C2CCD30141FB956A5A8A856E464746C16C5D1CA90678E6D867A40089C83',1,3,X'11507A0E2F5E69D5DFA40A62A1BD7B6EE57E6BCD85C67C9B8431B36FFF21C437',X'7801AD8D410E82301045EF326B9096D216BA35F1022E098B696786903498405D18E3DD65AB6EFDDB97F7FE1316E2B52CE5010164C91C9A84D4CC8CDBE972BE16820AE496893708EB3DE70AF682331304C1BCF3010F6787308EF0E1FC544CA5BDFA5E05BD32B5965AFBE3476BAB3C2A6EC5B21BC89260A7D0B5A823F9E898AD671713F536399F86D8774647E344A4D5A9337F494CD3EB0D30E84F0A');
INSERT INTO "snapshots" VALUES(3,X'09AC87C226EA2E729BCCFA645E110E7D30448EE2BC8A74C7171A8C019A668226',1,5,X'3B56C3520006AAEB038C24862BCDE877284BC1654E73BDA292D90DB943C4573D',X'7801A58EBD0EC2301083DFE5E694A6F96F56245E80B1EA90E42EA85254100D0342BC3B610446BCDA9FED072C486B5DEA1D3CE4A590EF53C0FE5242A5DD617FAC080CF2B9205DC1AFB752186C359C08C1E750366A668336F0D3049FD06F8F6683E5DF62E0B8EC86DC0DB62DC9A84D925AB494098122972E09E58C8809C9592B9C8A69305A9195118318058E1CE3A86452DACAF7D9BF2BE6F9F9020A824E79');
INSERT INTO "snapshots" VALUES(4,X'BE8AD587D68A44708F6BCFE02C4F8A156EB85B614FBBB2D6E9920306EC8E3041',1,3,X'AE4A6ACD7198CA1C98432680CB1E9ABEF9E1277686F60F78E22512550920D74E',X'7801AD8D3B0E83301005EFB2B5095E03FEB5917281948862F1AE23240B24204514E5EEA18CA8F3DAD1CC7BC3C432EFD3FE8208792A12EB445CAF0B5F6ED7FBCEA0202F856585383F4B51B0EDF4108698A96C72C043D920F63DFC2AE746A3D0E9F31478DD54982B74C70B494B96123B0C3E11A6E0DBC658AFD3881268941C048D73D6DB6C75765E8CE9D0749D0E46B36BE51F8961F87C01CEFD4C3A');
CREATE TABLE transitions (
        job INTEGER NOT NULL,
        n INTEGER NOT NULL,
        at REAL NOT NULL,
        state TEXT NOT NULL,
        cause TEXT NOT NULL,
        reason TEXT,
        error TEXT,
        PRIMARY KEY (job, n)
    ) STRICT, WITHOUT ROWID
    ;
INSERT INTO "transitions" VALUES(1,1,1700000005.0,'done','step',NULL,NULL);
INSERT INTO "transitions" VALUES(2,1,1700000005.0,'done','step',NULL,NULL);
INSERT INTO "transitions" VALUES(3,1,1700000005.0,'done','step',NULL,NULL);
INSERT INTO "transitions" VALUES(4,1,1700000005.0,'unknown','step',NULL,NULL);
INSERT INTO "transitions" VALUES(5,1,1700000005.0,'done','step',NULL,NULL);
INSERT INTO "transitions" VALUES(6,1,1700000005.0,'waiting','step',NULL,NULL);
CREATE UNIQUE INDEX jobs_request ON jobs (instance, request_key) WHERE request_key IS NOT NULL;
CREATE INDEX jobs_identity ON jobs (identity, seq) WHERE identity IS NOT NULL;
CREATE INDEX jobs_unknown ON jobs (seq) WHERE state = 'unknown';
COMMIT;
