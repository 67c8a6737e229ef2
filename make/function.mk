# The function's zip, its lock, and the certificates of the database that it talks to.
ARCH ?= arm64
PYTHON_VERSION ?= 3.13

.PHONY: prepare_lambda lock refresh_rds_bundle
prepare_lambda: $(VENV)/ready ## Build build/lambda_function.zip; ARCH=x86_64 and PYTHON_VERSION=3.12 for others
	$(PYTHON) scripts/lock.py --check
	$(PYTHON) scripts/build_function.py --architecture $(ARCH) --python $(PYTHON_VERSION) \
	  --output build/lambda_function.zip

lock: $(VENV)/ready ## Write requirements.txt anew from pyproject.toml; LOCK_ARGS=--upgrade for newest versions
	$(PYTHON) -m pip install --quiet 'uv>=0.9,<1'
	$(PYTHON) scripts/lock.py $(LOCK_ARGS)

refresh_rds_bundle: $(VENV)/ready ## Write Amazon RDS's certificates anew
	$(PYTHON) scripts/refresh_rds_bundle.py
