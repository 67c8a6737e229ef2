"""csvferry as an AWS Lambda function; only this package needs boto3 and Powertools."""

import gc
import os

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # csvferry has none: 20 ms of a start
gc.set_threshold(100_000)  # a tenth of a cold start: what is imported has no circles to free
