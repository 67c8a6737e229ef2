# Random stories against an oracle that asks the server row by row. The tests run a few of them.
STORIES_ARGS ?=

.PHONY: stories
stories: $(VENV)/ready ## Run 2,000 random stories on SQLite, MariaDB and MySQL; STORIES_ARGS='--stories 100 --seed x'
	scripts/install_servers
	PATH="$$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/bin" $(PYTHON) tests/stories $(STORIES_ARGS)
