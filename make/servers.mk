# The tests of rows on further servers: docs/servers.md has what each stands for.
SERVERS := mariadb_11 mysql_as_it_comes

.PHONY: test_servers $(SERVERS:%=test_%)
test_servers: $(SERVERS:%=test_%) ## Run cases, verify, delta and faults on the further servers of docs/servers.md

test_mariadb_11: $(VENV)/ready ## The same on MariaDB 11.8, which it lays into ~/.cache (root, Debian)
test_mysql_as_it_comes: $(VENV)/ready ## The same on MySQL: LOAD DATA off, binary log, GTID, primary keys required
$(SERVERS:%=test_%): test_%:
	scripts/servers/test $(VENV) $* $(PYTEST_ARGS)
