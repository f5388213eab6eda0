"""`livelist login` and `logout`."""

import asyncio
import sys

import click
import httpx

from livelist_client.cli.choose import all_lists
from livelist_client.cli.context import LIMITS, json_option, open_client
from livelist_client.cli.output import printable, show, show_json
from livelist_client.cli.settings import (
    Config,
    Names,
    NotConfigured,
    config_path,
    delete_config,
    read_config,
    write_config,
    write_names,
)
from livelist_client.errors import ProblemError
from livelist_client.oauth import OAuthSite
from livelist_client.rest.requests import is_loopback


@click.command()
@click.argument("url")
@click.option("--token", help="An API token; '-' reads it from standard input.")
@click.option("--insecure", is_flag=True, help="Allow http:// to another machine.")
@json_option
def login(url: str, token: str | None, insecure: bool, as_json: bool) -> None:
    """Sign in at the site URL: in a browser, or with an API token of your settings."""
    url = checked_url(url, insecure=insecure)
    if token == "-":  # noqa: S105  no password
        token = sys.stdin.readline().strip()
    config = Config(url, token) if token else asyncio.run(_sign_in_by_browser(url))
    if config is None:
        config = Config(url, click.prompt("API token", hide_input=True, err=True))
    name = asyncio.run(_check(config))
    if as_json:
        show_json({"url": url, "name": name, "config": str(config_path())})
    else:
        show(f"Signed in at {printable(url)}{f' as {printable(name)}' if name else ''}.")


def checked_url(url: str, *, insecure: bool) -> str:
    """Return the address of the site without a path at its end. Refuse to send a token in the clear."""
    if "://" not in url:
        url = f"https://{url}"
    try:
        scheme, host = httpx.URL(url).scheme, httpx.URL(url).host
    except httpx.InvalidURL:
        scheme, host = "", ""
    if scheme not in ("http", "https") or not host:
        raise click.BadParameter(f"“{url}” is no address of a site.", param_hint="URL")
    if scheme == "http" and not is_loopback(host) and not insecure:
        raise click.UsageError("With http:// anybody on the way reads the token: use https://.")
    return url.rstrip("/")


async def _sign_in_by_browser(url: str) -> Config | None:
    """Return the sign-in that the user allowed by device flow, None if the site has no such flow."""
    site = OAuthSite(url, LIMITS)
    if not await site.offers_device_flow():
        return None
    code = await site.begin()
    lines = (
        f"Open {printable(code.address)} in a browser and enter the code {printable(code.user_code)}",
        f"or open {printable(code.complete_address)}",
    )
    click.echo("\n".join(lines), err=True)
    tokens = await site.wait_for_user(code)
    return Config(url, tokens.access_token, tokens.refresh_token)


async def _check(config: Config) -> str:
    """Return the name of the account, empty for a token of some lists. Raise if the token is not valid."""
    async with open_client(config) as client:
        write_names(Names())
        await all_lists(client)
        # Not before the server has accepted it: a refused sign-in leaves the present one.
        write_config(config)
        try:
            return (await client.account.get())["name"]
        except ProblemError:
            return ""


@click.command()
@json_option
def logout(as_json: bool) -> None:
    """End the sign-in on this machine. An API token stays valid: revoke it in your settings."""
    try:
        config = read_config()
        if config.refresh_token:
            asyncio.run(OAuthSite(config.url, LIMITS).revoke(config.refresh_token))
    except NotConfigured:
        pass  # there is nothing to end
    finally:
        delete_config()
    if as_json:
        show_json({"signed_in": False})
    else:
        show("Signed out on this machine.")
