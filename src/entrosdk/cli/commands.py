"""The commands and their options; the work is in the modules beside, loaded when asked for."""

# No `from __future__ import annotations`: typer reads the annotations.

from pathlib import Path
from typing import Annotated

import typer

from entrosdk.cli.telling import told

__all__ = ["app"]

app = typer.Typer(
    help="One SDK for shops on Shopee, Lazada, TikTok Shop and Tiki.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks would show local values, secrets among them
    context_settings={"help_option_names": ["-h", "--help"]},
)
sandbox_app = typer.Typer(help="An emulated marketplace on this machine.", no_args_is_help=True)
webhook_app = typer.Typer(help="Notifications of marketplaces.", no_args_is_help=True)
app.add_typer(sandbox_app, name="sandbox")
app.add_typer(webhook_app, name="webhook")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


def _version(asked: bool) -> None:  # noqa: FBT001 - typer's callback
    if asked:
        from entrosdk import __version__  # noqa: PLC0415 - import budget

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    pass


@app.command()
def marketplaces(*, as_json: AsJson = False, debug: Debug = False) -> None:
    """List the installed marketplace adapters and what each can do."""
    with told(debug=debug):
        from entrosdk.cli.marketplaces import show  # noqa: PLC0415 - import budget

        show(as_json=as_json)


@app.command()
def sync(
    *,
    stores: Annotated[str, typer.Option(help="The stores.toml to read: a path or an address.")],
    to: Annotated[
        str, typer.Option(help="Where to: sqlite:///shop.db, postgresql://… or jsonl:DIRECTORY")
    ],
    streams: Annotated[
        str, typer.Option(help="Which records, with commas between.")
    ] = "orders,products,payments,returns",
    since: Annotated[
        str | None,
        typer.Option(help="Where to begin: 2026-11-01 (Vietnam's day), or a time with its zone."),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Keep up until Ctrl-C: poll, and pull Tiki's queue.")
    ] = False,
    every: Annotated[float, typer.Option(min=1, help="Seconds between polls of --follow.")] = 60,
    listen: Annotated[
        str | None,
        typer.Option(help="Also receive pushes at HOST:PORT.", show_default=False),
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(
            help="How marketplaces reach --listen: https://…", show_default="http://HOST:PORT"
        ),
    ] = None,
    check: Annotated[
        str, typer.Option(help="Compare ids with the marketplace: all, new or none.")
    ] = "all",
    credentials: Annotated[
        Path | None,
        typer.Option(
            help="Where renewed tokens are kept.", show_default="the stores file + .grants"
        ),
    ] = None,
    limits: Annotated[
        str | None,
        typer.Option(
            help="Requests per second: shop=20,app=100.", show_default="the stores file's"
        ),
    ] = None,
    personal: Annotated[
        bool,
        typer.Option("--personal", help="Also store names, phones, addresses and whole bodies."),
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Bring shops into a database, and prove that nothing is missing.

    Run it again at any time: it goes on where it stopped.
    Exit 0 means that every stream reached its end and nothing is missing.
    """
    with told(debug=debug):
        from entrosdk.cli.syncing import Wish, run  # noqa: PLC0415 - import budget

        wish = Wish.of(
            stores=stores,
            to=to,
            streams=streams,
            since=since,
            every=every if follow else None,
            check=check,
            credentials=credentials,
            personal=personal,
            as_json=as_json,
            limits=limits,
            listen=listen,
            public_url=public_url,
        )
        raise typer.Exit(run(wish))


@sandbox_app.command()
def serve(
    *,
    port: Annotated[int, typer.Option(min=0, max=65531, help="Control API; shops follow.")] = 9100,
    seed: Annotated[int, typer.Option(help="The same seed makes the same world.")] = 7,
    orders: Annotated[int, typer.Option(min=0, help="How many orders to begin with.")] = 200,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    only: Annotated[str, typer.Option(help="Some marketplaces, with commas between.")] = "",
    shops: Annotated[int, typer.Option(min=1, help="Shops of Shopee, with --orders each.")] = 1,
    delay_ms: Annotated[
        float, typer.Option(min=0, max=60_000, help="How long every reply takes.")
    ] = 0.0,
    debug: Debug = False,
) -> None:
    """Serve the sandbox until Ctrl-C; prints one JSON line when ready."""
    with told(debug=debug):
        from entrosdk.sandbox.server import serve as start  # noqa: PLC0415 - import budget

        names = [name.strip() for name in only.split(",") if name.strip()]
        start(
            host=host,
            port=port,
            seed=seed,
            orders=orders,
            only=names,
            shops=shops,
            delay_ms=delay_ms,
        )


@app.command()
def conformance(
    name: Annotated[str, typer.Argument(help="The installed adapter, such as shopee.")],
    *,
    world: Annotated[
        str, typer.Option(help="What makes its emulated world: package.module:function.")
    ] = "",
    report: Annotated[Path | None, typer.Option(help="Write the verdicts as JSON.")] = None,
    debug: Debug = False,
) -> None:
    """Run the conformance kit against an adapter: every rule, under both drivers.

    Exit 0 means that no rule is broken.
    """
    with told(debug=debug):
        from entrosdk.cli.conformance import run  # noqa: PLC0415 - import budget

        raise typer.Exit(run(name, world=world, report=report))


@app.command("new-adapter")
def new_adapter(
    name: Annotated[str, typer.Argument(help="The marketplace, such as my_market.")],
    *,
    to: Annotated[
        Path | None, typer.Option(help="The folder to make.", show_default="entrosdk-NAME")
    ] = None,
    debug: Debug = False,
) -> None:
    """Write a package for another marketplace that passes its own tests.

    It brings an invented marketplace along; replace it by yours, file by file.
    """
    with told(debug=debug):
        from entrosdk.cli.scaffold import run  # noqa: PLC0415 - import budget

        run(name, to=to)


@webhook_app.command()
def verify(
    marketplace: Annotated[str, typer.Argument(help="Who sent it, such as shopee.")],
    *,
    body: Annotated[str, typer.Option(help="The file with the raw body; - reads standard input.")],
    header: Annotated[
        list[str] | None, typer.Option(help="A header as it came: 'Authorization: 1f0c…'.")
    ] = None,
    url: Annotated[str, typer.Option(help="The address as configured at the marketplace.")] = "",
    stores: Annotated[str | None, typer.Option(help="Take the key from this stores.toml.")] = None,
    key_env: Annotated[
        str, typer.Option(help="The environment variable that holds the push key.")
    ] = "ENTROSDK_PUSH_SECRET",
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Check a captured notification and say what it tells."""
    with told(debug=debug):
        from entrosdk.cli.webhook import check  # noqa: PLC0415 - import budget

        check(
            marketplace,
            url=url,
            headers=header or [],
            body=body,
            stores=stores,
            key_env=key_env,
            as_json=as_json,
        )
