"""An overlay, laid over what stands below it.

What has a name is merged with what has the same name below: the document, `global`, `vars`, named
policies, services and routes. All else that the overlay writes takes the place of what is there,
as a whole. What it removes goes first.

Precondition: the trees of both. Postcondition: a tree without `remove`; the trees that were given
are as they were.
"""

from typing import Any

from msgspec.structs import replace

from galc.composition.including import Reader
from galc.composition.matching import PATHS, Routes, path_of, shown
from galc.composition.merged import Merged
from galc.diagnostics import Diagnostic, files
from galc.diagnostics.names import UnknownName
from galc.frontend import decode
from galc.frontend.source import Path, Place, Span
from galc.ir import document as doc

Tree = dict[str, Any]


def overlaid(below: Merged, over: Merged, reader: Reader) -> Merged:
    """The tree of an overlay laid over another one, whose origins it takes over. What is wrong is
    reported to the reader."""
    run = _Overlay(below, over, reader)
    run.document()
    return Merged(run.tree, run.origins)


class _Overlay:
    def __init__(self, below: Merged, over: Merged, reader: Reader) -> None:
        self.tree = dict(below.tree)
        self.origins = below.origins
        self.over = over.tree
        self.sources = over.origins
        self.reader = reader

    # Places

    def above(self, path: Path, *, key: bool = False) -> Span:
        """Where a path of the overlay stands."""
        return self.reader.span(self.sources.of(path), key=key)

    def below(self, path: Path, *, key: bool = False) -> Span:
        """Where a path of what it lies over stands."""
        return self.reader.span(self.origins.of(path), key=key)

    def report(self, diagnostic: Diagnostic) -> None:
        self.reader.report(diagnostic)

    def put(self, node: Tree, at: Path, key: str, value: Any, path: Path) -> None:
        """Give a key of a block its value, which stands at a path of the overlay."""
        node[key] = value
        self.origins.put((*at, key), self.sources.of((*path, key)))

    # The constructs

    def document(self) -> None:
        removal = self.removal(doc.Document, self.over, ())
        for kind in ("policies", "vars"):
            self.remove_names(kind, removal.get(kind, []))
        self.remove_services(removal.get("services", []))
        self.remove_fields(self.tree, (), removal.get("fields", []), ("remove", "fields"))
        for key, value in self.over.items():
            if key == "services" and isinstance(value, list):
                self.services(value)
            elif key == "policies" and isinstance(value, dict):
                self.policies(value)
            elif key in ("vars", "global", "global_config") and isinstance(value, dict):
                construct = doc.Global if key == "global" else None
                self.block(self.tree, (), key, value, (), construct)
            elif key not in ("version", "remove"):
                self.put(self.tree, (), key, value, ())

    def block(
        self,
        parent: Tree,
        at: Path,
        key: str,
        over: Tree,
        path: Path,
        construct: type[doc._Node] | None,
    ) -> None:
        """A block of named values goes into the one of the same name below, field by field."""
        known = parent.get(key)
        node = parent[key] = dict(known) if isinstance(known, dict) else {}
        here, there = (*at, key), (*path, key)
        if not isinstance(known, dict):
            self.origins.put(here, self.sources.of(there))
        if construct is not None:
            self.remove_fields(node, here, self.removal(construct, over, there), (*there, "remove"))
        for name, value in over.items():
            if name != "remove" or construct is None:
                self.put(node, here, name, value, there)

    def policies(self, overs: Tree) -> None:
        policies = self.tree["policies"] = dict(self.tree.get("policies") or {})
        for name, over in overs.items():
            if isinstance(over, dict):
                self.block(policies, ("policies",), name, over, ("policies",), doc.Bundle)
            else:
                self.put(policies, ("policies",), name, over, ("policies",))

    def services(self, overs: list[Any]) -> None:
        services = self.tree["services"] = list(self.tree.get("services") or [])
        names = {
            service["name"]: number
            for number, service in reversed([*enumerate(services)])
            if isinstance(service, dict) and isinstance(service.get("name"), str)
        }
        seen: dict[str, Path] = {}
        for index, over in enumerate(overs):
            path: Path = ("services", index)
            name = over.get("name") if isinstance(over, dict) else None
            if not isinstance(name, str):
                self.add(services, ("services",), over, path)
            elif name in seen:
                place, first = self.above((*path, "name")), self.above((*seen[name], "name"))
                self.report(files.GivenAgain(place, f"the service `{name}`", first))
            else:
                seen[name] = path
                number = names.get(name)
                if number is None and not {"upstream", "routes"} <= over.keys():
                    place = self.above((*path, "name"))
                    self.report(UnknownName(place, "service", name, tuple(names)))
                else:
                    self.service(services, number, over, path)

    def add(self, items: list[Any], at: Path, item: Any, path: Path) -> None:
        """An item of the overlay becomes the last one of a list."""
        self.origins.put((*at, len(items)), self.sources.of(path))
        items.append(item)

    def service(self, services: list[Any], number: int | None, over: Tree, path: Path) -> None:
        """A service goes into the one with the same name, or is added."""
        if number is None:
            number = len(services)
            self.add(services, ("services",), {}, path)
        here: Path = ("services", number)
        node = services[number] = dict(services[number])
        removal = self.removal(doc.Service, over, path)
        self.remove_routes(node, here, removal.get("routes", []), path)
        self.remove_fields(node, here, removal.get("fields", []), (*path, "remove", "fields"))
        for key, value in over.items():
            if key == "routes" and isinstance(value, list):
                self.routes(node, here, value, (*path, "routes"))
            elif key not in ("name", "remove") or (key == "name" and key not in node):
                self.put(node, here, key, value, path)

    def routes(self, service: Tree, at: Path, overs: list[Any], path: Path) -> None:
        known = service.get("routes")
        routes = service["routes"] = list(known) if isinstance(known, list) else []
        here = (*at, "routes")
        if not isinstance(known, list):
            self.origins.put(here, self.sources.of(path))
        below = Routes(list(routes))
        taken: dict[int, Path] = {}
        for index, over in enumerate(overs):
            there = (*path, index)
            fitting = below.fitting(over) if isinstance(over, dict) else []
            if len(fitting) > 1:
                candidates = tuple(self.below((*here, number)) for number in fitting)
                self.report(files.AmbiguousRoute(self.above(there), shown(over), candidates))
            elif not isinstance(over, dict):
                self.add(routes, here, over, there)
            elif not fitting and not any(kind in over for kind in PATHS) and "name" in over:
                place = self.above((*there, "name"))
                self.report(UnknownName(place, "route", str(over["name"]), tuple(below.known())))
            elif fitting and fitting[0] in taken:
                what = f"the route `{shown(over)}`"
                first = self.above(taken[fitting[0]])
                self.report(files.GivenAgain(self.above(there), what, first))
            else:
                number = fitting[0] if fitting else len(routes)
                taken[number] = there
                if not fitting:
                    self.add(routes, here, {}, there)
                self.route(routes, number, over, here, there)

    def route(self, routes: list[Any], number: int, over: Tree, at: Path, path: Path) -> None:
        """A route goes into another one. A path takes the place of the path, whatever its kind."""
        here = (*at, number)
        node = routes[number] = dict(routes[number])
        self.remove_fields(node, here, self.removal(doc.Route, over, path), (*path, "remove"))
        is_moved = any(kind in over for kind in PATHS) and path_of(over) != path_of(node)
        for kind in PATHS if is_moved else ():
            node.pop(kind, None)
        for key, value in over.items():
            if key != "remove" and (is_moved or key not in PATHS):
                self.put(node, here, key, value, path)

    # What goes

    def removal(self, construct: type[doc._Node], over: Tree, path: Path) -> Any:
        """What a block of the overlay removes: a map of lists, or a list; empty for nothing."""
        is_list = construct not in (doc.Document, doc.Service)
        nothing: Any = [] if is_list else {}
        if "remove" not in over:
            return nothing
        value, here = over["remove"], (*path, "remove")
        found: list[Diagnostic] = []
        decode.check_field(construct, value, here, found.append)
        for diagnostic in found:
            place = diagnostic.place
            assert isinstance(place, Place)
            self.report(replace(diagnostic, place=self.above(place.path, key=place.key)))
        return nothing if found else value

    def gone(self, what: str, name: str, known: Any, path: Path) -> None:
        """Report that there is nothing to remove."""
        place, words = self.above(path), tuple(map(str, known))
        self.report(files.NothingToRemove(place, what, name, words))

    def remove_fields(self, node: Tree, at: Path, names: list[str], path: Path) -> None:
        for index, name in enumerate(names):
            if name not in node or (name == "version" and not at):
                known = [key for key in node if key != "version" or at]
                self.gone("field", name, known, (*path, index))
            else:
                del node[name]
                self.origins.forget((*at, name), self.sources.of((*path, index)))

    def remove_names(self, kind: str, names: list[str]) -> None:
        known = self.tree.get(kind)
        block = dict(known) if isinstance(known, dict) else {}
        for index, name in enumerate(names):
            if name not in block:
                what = "policy" if kind == "policies" else "variable"
                self.gone(what, name, block, ("remove", kind, index))
            else:
                del block[name]
                gone = self.sources.of(("remove", kind, index))
                self.origins.forget((kind, name), gone)
        if names and isinstance(known, dict):
            self.tree[kind] = block

    def remove_services(self, names: list[str]) -> None:
        services = self.tree.get("services")
        items = services if isinstance(services, list) else []
        known = [item.get("name") if isinstance(item, dict) else None for item in items]
        for index, name in enumerate(names):
            if name not in known:
                words = [word for word in known if isinstance(word, str)]
                self.gone("service", name, words, ("remove", "services", index))
        kept = [number for number, name in enumerate(known) if name not in names]
        if len(kept) < len(items):
            self.tree["services"] = [items[number] for number in kept]
            self.origins.keep(("services",), kept)

    def remove_routes(self, service: Tree, at: Path, names: list[str], path: Path) -> None:
        routes = service.get("routes")
        items = routes if isinstance(routes, list) else []
        known = Routes(items)
        here, gone = (*at, "routes"), set()
        for index, text in enumerate(names):
            there = (*path, "remove", "routes", index)
            found = known.spoken_of(text)
            if len(found) > 1:
                candidates = tuple(self.below((*here, number)) for number in found)
                self.report(files.AmbiguousRoute(self.above(there), text, candidates))
            elif not found:
                self.gone("route", text, known.known(), there)
            gone.update(found)
        if gone:
            kept = [number for number in range(len(items)) if number not in gone]
            service["routes"] = [items[number] for number in kept]
            self.origins.keep(here, kept)
