# Vitess: a keyspace of the user's own by CSVFERRY_TEST_VITESS, else one that is started for the tests.
.PHONY: test_vitess
test_vitess: $(VENV)/ready ## Run cases, verify, delta and faults on Vitess; CSVFERRY_TEST_VITESS=mysql://… names one
	scripts/servers/vitess $(VENV) $(PYTEST_ARGS)
