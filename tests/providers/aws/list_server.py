"""A server of what moto lacks: the Pricing API, the public price files, and the Spot Instance Advisor."""

import csv
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from tests.loopback import LoopbackServer
from tests.providers.aws.market import Market, Row

PAGE = 20
ADVISOR = "/spot-advisor-data.json"
COLUMNS = {
    "Location Type": "locationType",
    "Instance Type": "instanceType",
    "Current Generation": "currentGeneration",
    "vCPU": "vcpu",
    "Physical Processor": "physicalProcessor",
    "Memory": "memory",
    "Processor Architecture": "processorArchitecture",
    "Tenancy": "tenancy",
    "Operating System": "operatingSystem",
    "License Model": "licenseModel",
    "Transfer Type": "transferType",
    "From Location Type": "fromLocationType",
    "To Location": "toLocation",
    "To Location Type": "toLocationType",
    "usageType": "usagetype",
    "operation": "operation",
    "CapacityStatus": "capacitystatus",
    "From Region Code": "fromRegionCode",
    "GPU": "gpu",
    "GPU Memory": "gpuMemory",
    "MarketOption": "marketoption",
    "Pre Installed S/W": "preInstalledSw",
    "Region Code": "regionCode",
    "To Region Code": "toRegionCode",
    "Volume API Name": "volumeApiName",
}
OWN = (
    "SKU",
    "OfferTermCode",
    "RateCode",
    "TermType",
    "PriceDescription",
    "EffectiveDate",
    "StartingRange",
    "EndingRange",
    "Unit",
    "PricePerUnit",
    "Currency",
    "RelatedTo",
    "serviceCode",
    "Product Family",
)


class ListServer:
    """It says what `market` holds, the products to the API and to the files alike."""

    def __init__(self) -> None:
        self.market = Market()
        self.url = ""

    @contextmanager
    def running(self) -> Iterator["ListServer"]:
        lists = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                target = self.headers["x-amz-target"].split(".")[1]
                answer = {"GetProducts": lists.get_products, "GetAttributeValues": lists.get_attribute_values}[target]
                self._send(200, "application/x-amz-json-1.1", json.dumps(answer(asked)).encode())

            def do_GET(self) -> None:
                text = lists.file(self.path)
                if text is None:
                    self._send(404, "text/plain", b"no such file")
                elif self.path == ADVISOR and lists.market.advisor_changed:
                    self._send(200, "application/json", text.encode(), lists.market.advisor_changed)
                else:
                    self._send(200, "text/csv" if self.path.endswith("csv") else "application/json", text.encode())

            def _send(self, status: int, kind: str, body: bytes, changed: str | None = None) -> None:
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                if changed:
                    self.send_header("last-modified", changed)
                self.end_headers()
                self.wfile.write(body)

        server = LoopbackServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        serving.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            serving.join()

    def get_products(self, asked: Row) -> Row:
        assert asked["MaxResults"] <= 100
        rows = self.market.products if asked["ServiceCode"] == "AmazonEC2" else self.market.transfers
        for one in asked["Filters"]:
            assert one["Type"] == "TERM_MATCH"
            rows = [row for row in rows if _attributes(row).get(one["Field"]) == one["Value"]]
        page, token = self.market.page(rows, asked.get("NextToken", ""), PAGE, gap=len(rows) > PAGE)
        return {"FormatVersion": "aws_v1", "PriceList": [json.dumps(row) for row in page], "NextToken": token}

    def get_attribute_values(self, asked: Row) -> Row:
        assert (asked["ServiceCode"], asked["AttributeName"]) == ("AmazonEC2", "regionCode")
        page, token = self.market.page(self.market.codes, asked.get("NextToken", ""), 4)
        return {"AttributeValues": [{"Value": code} for code in page], "NextToken": token}

    def file(self, path: str) -> str | None:
        """The text at an address, or None."""
        if path == ADVISOR:
            return json.dumps(self.market.advisor)
        parts = path.split("/")
        if parts[:4] != ["", "offers", "v1.0", "aws"]:
            return None
        service, rest = parts[4], parts[5:]
        if rest == ["current", "region_index.json"]:
            codes = self.market.codes if service == "AmazonEC2" else ["us-east-1", "eu-central-1", "us-east-1-bos-1"]
            entries = {
                code: {
                    "regionCode": code,
                    "currentVersionUrl": f"/offers/v1.0/aws/{service}/20261120/{code}/index.json",
                }
                for code in codes
            }
            return json.dumps({"formatVersion": "v1.0", "publicationDate": "2026-11-20T00:00:00Z", "regions": entries})
        if len(rest) == 3 and rest[0] == "20261120" and rest[2] == "index.csv":
            return self._csv(service, rest[1])
        return None

    def _csv(self, service: str, region: str) -> str:
        key = "regionCode" if service == "AmazonEC2" else "fromRegionCode"
        listed = self.market.products if service == "AmazonEC2" else self.market.transfers
        text = io.StringIO(newline="")
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for line in (
            ("FormatVersion", "v1.0"),
            ("Disclaimer", "This pricing list is for informational purposes only."),
            ("Publication Date", "2026-11-20T00:00:00Z"),
            ("Version", "20261120"),
            ("OfferCode", service),
            (*OWN, *COLUMNS),
        ):
            writer.writerow(line)
        for row in listed:
            if _attributes(row)[key].startswith(region):
                for cells in _rows(row):
                    writer.writerow(cells)
        return text.getvalue()


def _attributes(row: Row) -> dict[str, str]:
    return {**row["product"]["attributes"], "productFamily": row["product"]["productFamily"]}


def _rows(row: Row) -> Iterator[list[str]]:
    """A product as the files write it, one line a price."""
    said = row["product"]
    for kind, terms in row["terms"].items():
        for term in terms.values():
            for price in term["priceDimensions"].values():
                (currency, amount), *_ = price["pricePerUnit"].items()
                cells = {
                    "SKU": said["sku"],
                    "OfferTermCode": term["offerTermCode"],
                    "RateCode": price["rateCode"],
                    "TermType": kind,
                    "PriceDescription": price["description"],
                    "EffectiveDate": term["effectiveDate"][:10],
                    "StartingRange": price["beginRange"],
                    "EndingRange": price["endRange"],
                    "Unit": price["unit"],
                    "PricePerUnit": amount,
                    "Currency": currency,
                    "Product Family": said["productFamily"],
                    "serviceCode": row["serviceCode"],
                }
                yield [cells.get(name, "") for name in OWN] + [said["attributes"].get(a, "") for a in COLUMNS.values()]
