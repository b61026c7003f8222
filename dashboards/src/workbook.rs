//! Office Open XML workbooks (ECMA-376): one sheet of texts and numbers, in a zip archive without compression.
//!
//! As little of the format as spreadsheet programs need. Texts stand in their cells (`inlineStr`), so that a text that begins
//! with `=` is no formula.

use std::fmt::Write as _;

use flate2::Crc;

/// Most characters that a cell may have.
///
/// Source: <https://support.microsoft.com/en-us/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3>.
const LONGEST_CELL: usize = 32_767;

const CONTENT_TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const WORKBOOK: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="mentions" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const WORKBOOK_RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
const SHEET_START: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>"#;
const SHEET_END: &str = "</sheetData></worksheet>";

/// A sheet that is being written, row by row; the first row stays in sight.
pub(crate) struct Sheet {
    xml: String,
}

/// What stands in a cell.
pub(crate) enum Cell<'a> {
    Empty,
    Number(f64),
    Text(&'a str),
}

impl Sheet {
    pub(crate) fn new() -> Self {
        Self { xml: SHEET_START.to_owned() }
    }

    pub(crate) fn add<'a>(&mut self, cells: impl Iterator<Item = Cell<'a>>) {
        self.xml += "<row>";
        for cell in cells {
            match cell {
                Cell::Number(number) if number.is_finite() => {
                    // Writing to a text cannot fail.
                    let _ = write!(self.xml, "<c><v>{number}</v></c>");
                }
                Cell::Empty | Cell::Number(_) => self.xml += "<c/>",
                Cell::Text(text) => {
                    self.xml += "<c t=\"inlineStr\"><is><t xml:space=\"preserve\">";
                    push_escaped(&mut self.xml, text);
                    self.xml += "</t></is></c>";
                }
            }
        }
        self.xml += "</row>";
    }

    /// The file.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.xml += SHEET_END;
        let parts = [
            ("[Content_Types].xml", CONTENT_TYPES),
            ("_rels/.rels", RELATIONS),
            ("xl/workbook.xml", WORKBOOK),
            ("xl/_rels/workbook.xml.rels", WORKBOOK_RELATIONS),
            ("xl/worksheets/sheet1.xml", &self.xml),
        ];
        archive(&parts)
    }
}

/// Appends a text without what XML cannot hold.
fn push_escaped(xml: &mut String, text: &str) {
    for c in text.chars().take(LONGEST_CELL) {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '\t' | '\n' => xml.push(c),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => xml.push(c),
        }
    }
}

/// A zip archive of files that are stored as they are (APPNOTE 6.3.3, method 0).
fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    let narrow = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    for (name, content) in files {
        let mut crc = Crc::new();
        crc.update(content.as_bytes());
        let at = narrow(bytes.len());
        // Version 2.0, names in UTF-8, no compression, 1 January 1980.
        let mut header: Vec<u8> = vec![20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0];
        for number in [crc.sum(), narrow(content.len()), narrow(content.len())] {
            header.extend(number.to_le_bytes());
        }
        header.extend(u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
        header.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&header);
        bytes.extend(name.as_bytes());
        bytes.extend(content.as_bytes());

        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&header);
        // No comment, disk 0, no attributes.
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(files.len()).unwrap_or(u16::MAX).to_le_bytes();
    let at = narrow(bytes.len());
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count);
    bytes.extend(count);
    bytes.extend(narrow(directory.len()).to_le_bytes());
    bytes.extend(at.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_texts_whatever_they_hold() {
        let mut sheet = Sheet::new();
        sheet.add([Cell::Text("=1+1 <b> & \u{1}é"), Cell::Number(0.5), Cell::Empty].into_iter());
        assert!(sheet.xml.ends_with(
            "<row><c t=\"inlineStr\"><is><t xml:space=\"preserve\">=1+1 &lt;b&gt; &amp; é</t></is></c><c><v>0.5</v></c><c/></row>"
        ));
        let file = sheet.finish();
        assert!(file.starts_with(b"PK\x03\x04"));
        assert!(file.windows(4).filter(|window| *window == b"PK\x01\x02").count() == 5);
    }
}
