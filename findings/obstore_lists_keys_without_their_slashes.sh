#!/usr/bin/env bash
# obstore 0.12.1 (object_store) lists keys without a slash in front or at the end.
#
# Behaviour: an S3 bucket holds `/lead.csv` and the mark of a folder, `out.csv/`. `obstore.list` gives the
#   paths `lead.csv` and `out.csv`; asked for by these, S3 answers 404. Where `lead.csv` is there too, two
#   entries have one path, and reading both reads one object twice and the other never.
# Output: the two paths, `FileNotFoundError` for each, and two equal paths once `lead.csv` is there.
# What a guess would have cost: every run over the prefix fails because of a folder that a console made, and a
#   file is left out with exit status 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "obstore==0.12.1" "moto[s3,server]==5.2.5" "boto3==1.44.8"
cat >"$folder/try.py" <<'PYTHON'
import logging

import boto3
import obstore
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
url, keys = f"http://{host}:{port}", {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=url, **keys)
s3.create_bucket(Bucket="bucket")
for key, body in (("/lead.csv", b"id\n1\n"), ("out.csv/", b"")):
    s3.put_object(Bucket="bucket", Key=key, Body=body)
store = S3Store("bucket", endpoint=url, region="us-east-1", virtual_hosted_style_request=False,
                client_options={"allow_http": True}, access_key_id="a", secret_access_key="b")


def paths():
    return sorted(meta["path"] for batch in obstore.list(store) for meta in batch)


print(paths())
for path in paths():
    try:
        obstore.head(store, path)
        print(path, "is there")
    except FileNotFoundError as error:
        print(path, type(error).__name__)
s3.put_object(Bucket="bucket", Key="lead.csv", Body=b"id\n2\n")
print(paths())
server.stop()
PYTHON
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
['lead.csv', 'out.csv']
lead.csv FileNotFoundError
out.csv FileNotFoundError
['lead.csv', 'lead.csv', 'out.csv']
SEEN
