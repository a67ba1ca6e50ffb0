"""What the environment says of AWS, in the words of boto3 where it has some."""

from collections.abc import Mapping

PROVIDER = "aws"
PRICE_LIST_URL = "https://pricing.us-east-1.amazonaws.com"
ADVISOR_URL = "https://spot-bid-advisor.s3.amazonaws.com/spot-advisor-data.json"
SCORES = "PLACEMENT_AWS_PLACEMENT_SCORES"
HOW_TO_SIGN = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE"
)
_ONE_OF = (
    {"AWS_ACCESS_KEY_ID"},
    {"AWS_PROFILE"},
    {"AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"},
    {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"},
    {"AWS_CONTAINER_CREDENTIALS_FULL_URI"},
)


def has_credentials(environment: Mapping[str, str]) -> bool:
    """Whether anything says where credentials are to be found; a machine is asked for its role only where told so."""
    present = {name for name, value in environment.items() if value}
    return any(names <= present for names in _ONE_OF) or may_ask_the_machine(environment)


def may_ask_the_machine(environment: Mapping[str, str]) -> bool:
    """Whether we are said to run on EC2; its metadata service is nowhere else, and asking for it would block."""
    return environment.get("AWS_EC2_METADATA_DISABLED", "").strip().lower() == "false"


def price_list_url(environment: Mapping[str, str]) -> str:
    """Where the public price files lie, without a slash at the end."""
    return (environment.get("PLACEMENT_AWS_PRICE_LIST_URL") or PRICE_LIST_URL).rstrip("/")


def advisor_url(environment: Mapping[str, str]) -> str:
    """Address of the Spot Instance Advisor's file."""
    return environment.get("PLACEMENT_AWS_ADVISOR_URL") or ADVISOR_URL


def endpoint_url(environment: Mapping[str, str], service: str) -> str | None:
    """The endpoint that is set for a service, such as `ec2`; None leaves it to botocore."""
    if environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").strip().lower() == "true":
        return None
    return environment.get(f"AWS_ENDPOINT_URL_{service.upper()}") or environment.get("AWS_ENDPOINT_URL") or None
