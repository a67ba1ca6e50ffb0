"""A fleet file is read whole or refused with all its flaws, each with line, column and what would be right."""

from placement.fleet_file.catalog_check import check_places
from placement.fleet_file.document import FleetDocument, joined_fleet, parse_fleet, read_fleet
from placement.fleet_file.written_fleet import to_document

__all__ = ["FleetDocument", "check_places", "joined_fleet", "parse_fleet", "read_fleet", "to_document"]
