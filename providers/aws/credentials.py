"""Settings and credentials come from the surroundings, found in the order of botocore, which would ask the process.

The metadata service of EC2 is left out of it unless we are said to run there: elsewhere nobody answers.
"""

from collections.abc import Mapping
from typing import Any

from providers.aws.settings import endpoint_url, may_ask_the_machine

_OF_THE_ROLE = {
    "web_identity_token_file": "AWS_WEB_IDENTITY_TOKEN_FILE",
    "role_arn": "AWS_ROLE_ARN",
    "role_session_name": "AWS_ROLE_SESSION_NAME",
}


def take_settings(session: Any, environment: Mapping[str, str]) -> None:
    """The variables that botocore knows, such as AWS_CONFIG_FILE, are those of `environment`."""
    from botocore import configprovider  # type: ignore[import-untyped]

    store = session.get_component("config_store")
    chains = configprovider.ConfigChainFactory(session, environ=environment)
    for name, variable in configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES.items():
        in_file, in_environment, default, convert = variable
        chain = chains.create_config_chain(
            instance_name=name,
            env_var_names=in_environment,
            config_property_names=in_file,
            default=default,
            conversion_func=convert,
        )
        store.set_config_provider(name, chain)


def take_credentials(session: Any, environment: Mapping[str, str], region: str) -> None:
    """Keys, then a role with a web identity, then what the profile says, then the container's.

    `region` is where a role is assumed.
    """
    from botocore.credentials import (  # type: ignore[import-untyped]
        ContainerProvider,
        CredentialResolver,
        EnvProvider,
    )

    ours = {"env": EnvProvider(environ=environment), "container-role": ContainerProvider(environ=environment)}
    chain = [ours.get(one.METHOD, one) for one in session.get_component("credential_provider").providers]
    if not may_ask_the_machine(environment):
        chain = [one for one in chain if one.METHOD != "iam-role"]
    first = [ours["env"], _web_identity(session, environment, region)]
    session.register_component(
        "credential_provider", CredentialResolver(first + [one for one in chain if one not in first])
    )


def _web_identity(session: Any, environment: Mapping[str, str], region: str) -> Any:
    from botocore.credentials import AssumeRoleWithWebIdentityProvider

    role = {name: environment[variable] for name, variable in _OF_THE_ROLE.items() if environment.get(variable)}

    def client(service: str, **arguments: Any) -> Any:
        endpoint = endpoint_url(environment, service)
        return session.create_client(service, region, endpoint_url=endpoint, **arguments)

    return AssumeRoleWithWebIdentityProvider(
        load_config=lambda: {"profiles": {"environment": role}},
        client_creator=client,
        profile_name="environment",
        cache={},
        disable_env_vars=True,
    )
