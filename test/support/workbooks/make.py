"""Writes the workbooks of this folder by programs that are not ours: python make.py (openpyxl 3.1.5, XlsxWriter 3.3.1)."""
import datetime

import openpyxl
import xlsxwriter
from openpyxl.styles import numbers

# Accounts as openpyxl writes them: formulas without a value, a merged group, a title, a second sheet, a hidden row.
book = openpyxl.Workbook()
book.active.title = "Cover"
sheet = book.create_sheet("Accounts")
sheet.append(["Accounts of the north"])
sheet.merge_cells("A1:D1")
sheet.append([])
sheet.append(["external_id", "name", "industry", "employees", "created_at", "region"])
sheet.append([1001, "Acme, Inc.", "Retail", 1234.5, datetime.datetime(2023, 1, 31), "North"])
sheet.append([1002, 'Bolt "B"', "Steel", "=D4*2", datetime.datetime(2023, 2, 28, 10, 30), None])
sheet.append([12345678901234567890, "Crumb", "#N/A", 7, datetime.date(2024, 2, 29), None])
sheet.append([1.5, "Dill\nGmbH", True, 0.25, None, "South"])
sheet["D7"].number_format = "0%"
sheet["C6"].data_type = "e"
sheet.merge_cells("F4:F6")
sheet.row_dimensions[6].hidden = True
sheet["A4"].number_format = "000000"
book.create_sheet("Notes").append(["nothing", "to see"])
book.save("accounts.xlsx")

# The same kind of table with days counted from 1904, formulas with their values, and a currency.
book = xlsxwriter.Workbook("days-1904.xlsx", {"date_1904": True})
sheet = book.add_worksheet("Deals")
day = book.add_format({"num_format": "dd/mm/yyyy"})
for column, name in enumerate(["Deal", "Amount", "Create Date", "Status", "Won?"]):
    sheet.write(0, column, name)
sheet.write_row(1, 0, ["A-1"])
sheet.write_formula(1, 1, "=100*2", book.add_format({"num_format": "#,##0.00 €"}), 200)
sheet.write_datetime(1, 2, datetime.datetime(2023, 1, 31), day)
sheet.write_string(1, 3, "Closed Won")
sheet.write_boolean(1, 4, True)
sheet.write_row(2, 0, ["A-2", 0.1])
sheet.write_datetime(2, 2, datetime.datetime(2024, 12, 31), day)
sheet.write_formula(2, 3, '="Closed "&"Lost"', None, "Closed Lost")
sheet.write_boolean(2, 4, False)
book.close()
